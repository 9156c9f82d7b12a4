package dev.hardening.auth.account;

import static dev.hardening.auth.account.AccountFixture.ALICE;
import static dev.hardening.auth.account.AccountFixture.CLIENT;
import static dev.hardening.auth.account.AccountFixture.MAIN;
import static dev.hardening.auth.account.AccountFixture.RIGHT;
import static dev.hardening.auth.account.AccountFixture.WRONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.auth.AuthEvent;
import dev.hardening.auth.AuthUnavailableException;
import dev.hardening.auth.EmailAddress;
import dev.hardening.auth.TenantId;
import dev.hardening.auth.UserId;
import dev.hardening.auth.account.Account.Role;
import dev.hardening.auth.password.HashingGate;
import dev.hardening.auth.password.Password;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class SetupTest {
    private static final EmailAddress BOB = EmailAddress.of("bob@example.org");
    private static final TenantId SCHOOL = new TenantId("school");

    private final AccountFixture fixture = new AccountFixture();
    private final Setup setup = fixture.accounts.setup();

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    @Tag("ASVS-6.3.2")
    void redeem_firstToken_makesAVerifiedAdministratorWhoCanLogIn() {
        String token = firstToken("home");

        Setup.Result.Created made = (Setup.Result.Created) redeem(token, ALICE);

        assertEquals(Set.of(Role.ADMIN), made.account().roles());
        assertEquals(MAIN, made.account().tenant());
        assertEquals(LoginResult.Kind.AUTHENTICATED, fixture.login(ALICE, RIGHT).kind());
        assertEquals(
                Optional.of(made.account()),
                fixture.accounts.find(MAIN, made.account().id()));
        assertEquals(
                Optional.empty(), fixture.accounts.find(SCHOOL, made.account().id()));
    }

    @Test
    void redeem_usedToken_isRejected() {
        String token = firstToken("home");
        redeem(token, ALICE);

        assertEquals(Setup.Result.Kind.REJECTED, redeem(token, BOB).kind());
        assertEquals(
                AuthEvent.Kind.VERIFICATION_FAILED,
                fixture.told().get(fixture.told().size() - 1));
    }

    @Test
    void redeem_twentyAtOnce_oneAdministrator() {
        String token = firstToken("home");

        List<Setup.Result.Kind> results = Parallel.run(IntStream.range(0, 8)
                .<Parallel.Task<Setup.Result.Kind>>mapToObj(
                        i -> () -> redeem(token, EmailAddress.of("admin" + i + "@example.org"))
                                .kind())
                .toList());

        assertEquals(
                1,
                results.stream()
                        .filter(kind -> kind == Setup.Result.Kind.CREATED)
                        .count());
    }

    @Test
    void issueFirstToken_administratorThere_isEmpty() {
        redeem(firstToken("home"), ALICE);

        assertTrue(setup.issueFirstToken("home").isEmpty());
    }

    @Test
    void issueFirstToken_sameHolderAgain_replacesAnotherDoesNot() {
        String first = firstToken("home");
        String second = firstToken("home");

        assertTrue(setup.issueFirstToken("elsewhere").isEmpty());
        assertEquals(Setup.Result.Kind.REJECTED, redeem(first, ALICE).kind());
        assertEquals(Setup.Result.Kind.CREATED, redeem(second, ALICE).kind());
    }

    @Test
    void issueFirstToken_afterADay_isDeadAndFreeForAnotherHolder() {
        String token = firstToken("home");
        fixture.clock.advance(Duration.ofHours(24).minusMillis(1));
        assertTrue(setup.issueFirstToken("elsewhere").isEmpty());
        fixture.clock.advance(Duration.ofMillis(1));

        assertEquals(Setup.Result.Kind.REJECTED, redeem(token, ALICE).kind());
        assertTrue(setup.issueFirstToken("elsewhere").isPresent());
    }

    @Test
    void redeem_tenWrongGuesses_endTheFirstToken() {
        String token = firstToken("home");

        IntStream.range(0, OneTimeTokenStore.MAX_TRIES).forEach(i -> redeem("guess" + i, ALICE));

        assertEquals(Setup.Result.Kind.REJECTED, redeem(token, ALICE).kind());
        assertEquals(
                Setup.Result.Kind.CREATED, redeem(firstToken("home"), ALICE).kind());
    }

    @Test
    void redeem_refusedPassword_leavesTheTokenGood() {
        String token = firstToken("home");

        Setup.Result refused = setup.redeem(new Setup.Request(token, ALICE, Password.of("short"), "", CLIENT));

        assertEquals(1, ((Setup.Result.Refused) refused).violations().size());
        assertEquals(Setup.Result.Kind.CREATED, redeem(token, ALICE).kind());
    }

    @Test
    void redeem_inventedToken_buysNoHashAndNoJudgementOfThePassword() {
        HashingGate gate = HashingGate.builder().permits(1).maximumQueue(0).build();
        try (AccountFixture busy = new AccountFixture(gate)) {
            Setup.Request request = new Setup.Request("invented", ALICE, Password.of("short"), "", CLIENT);
            gate.run(
                    () -> {
                        AccountFixture.Work work = busy.during(() -> assertEquals(
                                Setup.Result.Kind.REJECTED,
                                busy.accounts.setup().redeem(request).kind()));
                        assertEquals(new AccountFixture.Work(0, 2), work);
                        return true;
                    },
                    wait -> false);
        }
    }

    @Test
    void redeem_storeFailsInBetween_leavesTheTokenGood() {
        String first = firstToken("home");
        String further = setup.issueToken(SCHOOL).reveal();

        fixture.failing = "create";
        assertThrows(AuthUnavailableException.class, () -> redeem(first, ALICE));
        assertThrows(AuthUnavailableException.class, () -> redeem(further, ALICE));
        fixture.failing = "";

        assertTrue(setup.issueFirstToken("elsewhere").isEmpty());
        assertEquals(Setup.Result.Kind.CREATED, redeem(first, ALICE).kind());
        assertEquals(Setup.Result.Kind.CREATED, redeem(further, ALICE).kind());
    }

    @Test
    void redeem_addressTakenAndAnotherHolderCameMeanwhile_leavesHisTokenAlone() {
        fixture.seed(ALICE);
        String token = firstToken("home");
        String[] elsewhere = new String[1];
        fixture.onCall = name -> {
            if (name.equals("create")) {
                elsewhere[0] = firstToken("elsewhere");
            }
        };

        assertEquals(Setup.Result.Kind.ADDRESS_TAKEN, redeem(token, ALICE).kind());
        fixture.onCall = name -> {};

        assertEquals(Setup.Result.Kind.REJECTED, redeem(token, BOB).kind());
        assertEquals(Setup.Result.Kind.CREATED, redeem(elsewhere[0], BOB).kind());
    }

    @Test
    void redeem_addressOfAProvedAccount_leavesAccountAndTokenAlone() {
        fixture.seed(ALICE);
        String token = firstToken("home");

        assertEquals(Setup.Result.Kind.ADDRESS_TAKEN, redeem(token, ALICE).kind());

        assertEquals(
                Set.of(Role.STUDENT),
                fixture.accountStore
                        .findForLogin(MAIN, ALICE)
                        .orElseThrow()
                        .account()
                        .roles());
        assertEquals(Setup.Result.Kind.CREATED, redeem(token, BOB).kind());
    }

    @Test
    @Tag("auth:V2")
    void redeem_addressThatAStrangerRegistered_isTakenOverAndHisLinkIsDead() {
        fixture.register(ALICE, WRONG);
        String link = fixture.token(1);

        assertEquals(
                Setup.Result.Kind.CREATED, redeem(firstToken("home"), ALICE).kind());

        assertEquals(Registration.Confirmation.Kind.REJECTED, fixture.confirm(link, WRONG));
        assertEquals(LoginResult.Kind.REJECTED, fixture.login(ALICE, WRONG).kind());
    }

    @Test
    @Tag("auth:Z3")
    void issueToken_furtherTenant_isGoodForSevenDaysThereAndReissuable() {
        String first = setup.issueToken(SCHOOL).reveal();
        String second = setup.issueToken(SCHOOL).reveal();
        fixture.clock.advance(Duration.ofDays(7).minusMillis(1));

        assertEquals(Setup.Result.Kind.REJECTED, redeem(first, ALICE).kind());
        Setup.Result.Created made = (Setup.Result.Created) redeem(second, ALICE);
        assertEquals(SCHOOL, made.account().tenant());
        assertEquals(
                LoginResult.Kind.REJECTED, fixture.login(MAIN, ALICE, RIGHT).kind());

        String third = setup.issueToken(SCHOOL).reveal();
        fixture.clock.advance(Duration.ofDays(7));
        assertEquals(Setup.Result.Kind.REJECTED, redeem(third, BOB).kind());
    }

    @Test
    void redeem_wrongGuesses_doNotEndTheTokenOfATenant() {
        String token = setup.issueToken(SCHOOL).reveal();

        IntStream.range(0, 50).forEach(i -> redeem("guess" + i, ALICE));

        assertEquals(Setup.Result.Kind.CREATED, redeem(token, ALICE).kind());
    }

    @Test
    void redeem_administratorCameAnotherWay_theTokenIsNoLongerGood() {
        String token = firstToken("home");
        setup.seed(new Setup.Newcomer(MAIN, ALICE, Password.of(RIGHT), "", Set.of(Role.ADMIN)));

        assertEquals(Setup.Result.Kind.REJECTED, redeem(token, BOB).kind());
    }

    @Test
    void redeem_gateFull_isBusyAndTheTokenStaysGood() {
        HashingGate gate = HashingGate.builder().permits(1).maximumQueue(0).build();
        try (AccountFixture busy = new AccountFixture(gate)) {
            String token =
                    busy.accounts.setup().issueFirstToken("home").orElseThrow().reveal();
            Setup.Request request = new Setup.Request(token, ALICE, Password.of(RIGHT), "", CLIENT);
            gate.run(
                    () -> {
                        assertEquals(
                                Setup.Result.Kind.BUSY,
                                busy.accounts.setup().redeem(request).kind());
                        return true;
                    },
                    wait -> false);

            assertEquals(
                    Setup.Result.Kind.CREATED,
                    busy.accounts.setup().redeem(request).kind());
        }
    }

    @Test
    @Tag("auth:E1")
    void tokensAndRefusals_areTold() {
        fixture.seed(BOB);
        String token = firstToken("home");
        setup.issueFirstToken("elsewhere");
        setup.issueToken(SCHOOL);
        setup.redeem(new Setup.Request(token, ALICE, Password.of("short"), "", CLIENT));
        redeem(token, BOB);

        assertEquals(
                List.of(
                        AuthEvent.Kind.REGISTERED,
                        AuthEvent.Kind.EMAIL_VERIFIED,
                        AuthEvent.Kind.SETUP_TOKEN_ISSUED,
                        AuthEvent.Kind.SETUP_TOKEN_ISSUED,
                        AuthEvent.Kind.REGISTRATION_REFUSED,
                        AuthEvent.Kind.REGISTRATION_REFUSED),
                fixture.told());
        assertEquals(Optional.of(MAIN), fixture.events.get(5).context().tenant());
    }

    @Test
    void callerMistakes_areRefused() {
        assertThrows(IllegalArgumentException.class, () -> setup.issueFirstToken(""));
        assertThrows(IllegalArgumentException.class, () -> setup.issueToken(MAIN));
        assertThrows(IllegalArgumentException.class, () -> new Role("Admin"));
        assertEquals(Optional.empty(), fixture.accounts.find(MAIN, new UserId("nobody")));
    }

    @Test
    void result_fold_handlesEveryCase() {
        String token = firstToken("home");
        fixture.seed(BOB);

        assertEquals("short", told(setup.redeem(new Setup.Request(token, ALICE, Password.of("x"), "", CLIENT))));
        assertEquals("taken", told(redeem(token, BOB)));
        assertEquals("alice", told(redeem(token, ALICE)));
        assertEquals("rejected", told(redeem(token, ALICE)));
        assertEquals("PT1S", told(new Setup.Result.Busy(Duration.ofSeconds(1))));
    }

    private static String told(Setup.Result result) {
        return result.fold(
                created -> created.account().name(),
                refused -> refused.violations().isEmpty() ? "" : "short",
                taken -> "taken",
                rejected -> "rejected",
                busy -> busy.retryAfter().toString());
    }

    @Test
    void request_printed_holdsNoToken() {
        Setup.Request request = new Setup.Request("canary", ALICE, Password.of(RIGHT), "", CLIENT);

        assertFalse(request.toString().contains("canary"));
    }

    private String firstToken(String holder) {
        return setup.issueFirstToken(holder).orElseThrow().reveal();
    }

    private Setup.Result redeem(String token, EmailAddress email) {
        return setup.redeem(new Setup.Request(token, email, Password.of(RIGHT), "", CLIENT));
    }
}
