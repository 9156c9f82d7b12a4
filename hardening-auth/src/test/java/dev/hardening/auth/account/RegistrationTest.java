package dev.hardening.auth.account;

import static dev.hardening.auth.account.AccountFixture.ALICE;
import static dev.hardening.auth.account.AccountFixture.CLIENT;
import static dev.hardening.auth.account.AccountFixture.CLOSED;
import static dev.hardening.auth.account.AccountFixture.MAIN;
import static dev.hardening.auth.account.AccountFixture.RIGHT;
import static dev.hardening.auth.account.AccountFixture.WRONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.auth.AuthEvent;
import dev.hardening.auth.AuthEvent.RegistrationRefused.Reason;
import dev.hardening.auth.AuthUnavailableException;
import dev.hardening.auth.EmailAddress;
import dev.hardening.auth.TenantId;
import dev.hardening.auth.UserId;
import dev.hardening.auth.account.AuthNotifier.Notice;
import dev.hardening.auth.account.Registration.Confirmation;
import dev.hardening.auth.password.HashingGate;
import dev.hardening.auth.password.Password;
import dev.hardening.auth.password.PasswordPolicy;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RegistrationTest {
    private final AccountFixture fixture = new AccountFixture();

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void register_thenConfirm_makesAnActiveStudentWhoCanLogIn() {
        assertEquals(RegistrationResult.Kind.ACCEPTED, fixture.register(ALICE, RIGHT));
        assertEquals(Confirmation.Kind.CONFIRMED, fixture.confirm(fixture.token(1), RIGHT));

        assertEquals(LoginResult.Kind.AUTHENTICATED, fixture.login(ALICE, RIGHT).kind());
        Account account =
                fixture.accountStore.findForLogin(MAIN, ALICE).orElseThrow().account();
        assertEquals(Set.of(Account.Role.STUDENT), account.roles());
        assertEquals("alice", account.name());
        assertEquals(
                List.of(AuthEvent.Kind.REGISTERED, AuthEvent.Kind.EMAIL_VERIFIED, AuthEvent.Kind.LOGIN_SUCCEEDED),
                fixture.told());
    }

    @Test
    @Tag("auth:V2")
    void register_notConfirmed_noLogin() {
        fixture.register(ALICE, RIGHT);

        assertEquals(LoginResult.Kind.REJECTED, fixture.login(ALICE, RIGHT).kind());
        assertEquals(List.of(), fixture.sessions);
    }

    @Test
    @Tag("auth:V1")
    void register_knownAddress_answersAlikeAndMailsTheOwner() {
        fixture.seed(ALICE);

        assertEquals(RegistrationResult.Kind.ACCEPTED, fixture.register(EmailAddress.of("ALICE@example.org"), WRONG));

        assertEquals(List.of(Notice.Kind.ALREADY_REGISTERED), fixture.mailsAfterClose());
        assertEquals(LoginResult.Kind.AUTHENTICATED, fixture.login(ALICE, RIGHT).kind());
        assertEquals(LoginResult.Kind.REJECTED, fixture.login(ALICE, WRONG).kind());
    }

    @Test
    @Tag("auth:V2")
    void register_unverifiedAgain_replacesThePasswordAndKillsTheOlderLink() {
        fixture.register(ALICE, WRONG);
        String older = fixture.token(1);
        fixture.register(ALICE, RIGHT);
        String newer = fixture.token(2);

        assertEquals(Confirmation.Kind.REJECTED, fixture.confirm(older, WRONG));
        assertEquals(Confirmation.Kind.REJECTED, fixture.confirm(older, RIGHT));
        assertEquals(Confirmation.Kind.REJECTED, fixture.confirm(newer, WRONG));
        assertEquals(Confirmation.Kind.CONFIRMED, fixture.confirm(newer, RIGHT));
    }

    @Test
    @Tag("auth:V2")
    void confirm_ownerOfAStrangersRegistration_doesNotActivateTheStrangersPassword() {
        fixture.register(ALICE, "the password of a stranger");

        assertEquals(Confirmation.Kind.REJECTED, fixture.confirm(fixture.token(1), RIGHT));

        assertEquals(
                LoginResult.Kind.REJECTED,
                fixture.login(ALICE, "the password of a stranger").kind());
    }

    @Test
    @Tag("auth:V3")
    void confirm_twentyRedeemersOfOneToken_oneWins() {
        fixture.register(ALICE, RIGHT);
        String token = fixture.token(1);

        List<Confirmation.Kind> results = Parallel.run(IntStream.range(0, 10)
                .<Parallel.Task<Confirmation.Kind>>mapToObj(i -> () -> fixture.confirm(token, RIGHT))
                .toList());

        assertEquals(
                1,
                results.stream()
                        .filter(kind -> kind == Confirmation.Kind.CONFIRMED)
                        .count());
        assertEquals(Confirmation.Kind.REJECTED, fixture.confirm(token, RIGHT));
    }

    @Test
    @Tag("auth:V4")
    void confirm_atTheExactEndOfADay_isTooLate() {
        fixture.register(ALICE, RIGHT);
        String token = fixture.token(1);

        fixture.clock.advance(Duration.ofHours(24).minusMillis(1));
        assertEquals(Confirmation.Kind.REJECTED, fixture.confirm(token, WRONG));
        fixture.clock.advance(Duration.ofMillis(1));

        assertEquals(Confirmation.Kind.REJECTED, fixture.confirm(token, RIGHT));
    }

    @Test
    void confirm_moreWrongPasswordsThanTries_killsTheLink() {
        fixture.register(ALICE, RIGHT);
        String token = fixture.token(1);

        for (int i = 0; i < OneTimeTokenStore.MAX_TRIES; i++) {
            fixture.confirm(token, WRONG);
        }

        assertEquals(Confirmation.Kind.REJECTED, fixture.confirm(token, RIGHT));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "' OR 1=1 --", "\u0000"})
    void confirm_inventedToken_isRejectedAndTold(String token) {
        assertEquals(Confirmation.Kind.REJECTED, fixture.confirm(token, RIGHT));
        assertEquals(List.of(AuthEvent.Kind.VERIFICATION_FAILED), fixture.told());
    }

    @Test
    @Tag("auth:V3")
    void confirm_storeFailsInBetween_doesNotCostTheToken() {
        fixture.register(ALICE, RIGHT);
        String token = fixture.token(1);

        fixture.failing = "activate";
        assertThrows(AuthUnavailableException.class, () -> fixture.confirm(token, RIGHT));
        fixture.failing = "consume";
        assertEquals(Confirmation.Kind.CONFIRMED, fixture.confirm(token, RIGHT));
        fixture.failing = "";

        assertEquals(Confirmation.Kind.REJECTED, fixture.confirm(token, RIGHT));
        assertEquals(LoginResult.Kind.AUTHENTICATED, fixture.login(ALICE, RIGHT).kind());
    }

    @Test
    void confirm_aMegabyteOfToken_isRejected() {
        assertEquals(Confirmation.Kind.REJECTED, fixture.confirm("x".repeat(1_000_000), RIGHT));
    }

    @Test
    @Tag("auth:V3")
    void confirm_tokenOfAnotherPurpose_isRejected() {
        String setup =
                fixture.accounts.setup().issueToken(new TenantId("school")).reveal();

        assertEquals(Confirmation.Kind.REJECTED, fixture.confirm(setup, RIGHT));
    }

    @Test
    void register_refusedPassword_tellsWhyAndTouchesNothing() {
        AccountFixture.Work work = fixture.during(
                () -> assertEquals(RegistrationResult.Kind.REFUSED, fixture.register(ALICE, "password")));

        assertEquals(new AccountFixture.Work(0, 0), work);
    }

    @Test
    @Tag("auth:P5")
    void register_passwordMadeOfTheAddress_isRefused() {
        RegistrationResult result = fixture.accounts
                .registration()
                .register(new Registration.Request(
                        MAIN,
                        EmailAddress.of("wilhelmina.harker@example.org"),
                        Password.of("wilhelmina-harker-1897"),
                        "Mina",
                        CLIENT));

        PasswordPolicy.Violation.Code code = result.fold(
                accepted -> null, refused -> refused.violations().get(0).code(), throttled -> null, busy -> null);
        assertEquals(PasswordPolicy.Violation.Code.PERSONAL, code);
    }

    @Test
    @Tag("auth:P10")
    @Tag("ASVS-6.3.8")
    void register_everyCohort_sameHashesAndSameNumberOfTrips() {
        fixture.seed(ALICE);
        EmailAddress pending = EmailAddress.of("pending@example.org");
        fixture.register(pending, RIGHT);
        AccountFixture.Work expected = new AccountFixture.Work(1, 2);

        assertEquals(expected, fixture.during(() -> fixture.register(EmailAddress.of("new@example.org"), RIGHT)));
        assertEquals(expected, fixture.during(() -> fixture.register(pending, RIGHT)));
        assertEquals(expected, fixture.during(() -> fixture.register(ALICE, RIGHT)));
        assertEquals(expected, fixture.during(() -> fixture.register(CLOSED, ALICE, RIGHT)));
        assertEquals(expected, fixture.during(() -> fixture.register(new TenantId("nowhere"), ALICE, RIGHT)));
    }

    @Test
    @Tag("auth:P10")
    void register_closedTenantWithAnAddressThatDoesNotOpen_isAcceptedLikeAnyOther() {
        fixture.accountStore.create(new AccountStore.Draft(
                CLOSED,
                new UserId("u1"),
                ALICE,
                "Alice",
                new Password.Hash("1:" + RIGHT),
                Set.of(),
                fixture.clock.instant(),
                fixture.clock.instant()));
        fixture.unreadable.add(ALICE);

        AccountFixture.Work work = fixture.during(
                () -> assertEquals(RegistrationResult.Kind.ACCEPTED, fixture.register(CLOSED, ALICE, RIGHT)));

        assertEquals(new AccountFixture.Work(1, 2), work);
        assertEquals(List.of(), fixture.mailsAfterClose());
    }

    @Test
    @Tag("auth:P10")
    void resend_addressThatDoesNotOpen_answersAlikeSendsNothingAndIsTold() {
        EmailAddress pending = EmailAddress.of("pending@example.org");
        fixture.register(pending, RIGHT);
        fixture.seed(ALICE);
        fixture.unreadable.addAll(List.of(ALICE, pending));
        fixture.events.clear();

        for (EmailAddress email : List.of(pending, ALICE)) {
            AccountFixture.Work work = fixture.during(() ->
                    assertEquals(RegistrationResult.Kind.ACCEPTED, resend(email).kind()));
            assertEquals(new AccountFixture.Work(0, 2), work);
        }

        assertEquals(
                List.of(
                        AuthEvent.Kind.REGISTRATION_REFUSED,
                        AuthEvent.Kind.VERIFICATION_MAIL_REQUESTED,
                        AuthEvent.Kind.VERIFICATION_MAIL_REQUESTED),
                fixture.told());
        AuthEvent.RegistrationRefused told = (AuthEvent.RegistrationRefused) fixture.events.get(0);
        assertEquals(Reason.ACCOUNT_UNREADABLE, told.reason());
        assertTrue(told.context().user().isPresent());
        assertEquals(List.of(Notice.Kind.VERIFY_EMAIL), fixture.mailsAfterClose());
    }

    @Test
    @Tag("auth:P10")
    void resend_everyCohort_sameNumberOfTripsAndOneMailToTheUnverified() {
        fixture.seed(ALICE);
        EmailAddress pending = EmailAddress.of("pending@example.org");
        fixture.register(pending, RIGHT);
        AccountFixture.Work expected = new AccountFixture.Work(0, 2);

        assertEquals(expected, fixture.during(() -> resend(pending)));
        assertEquals(expected, fixture.during(() -> resend(ALICE)));
        assertEquals(expected, fixture.during(() -> resend(EmailAddress.of("unknown@example.org"))));
        assertEquals(List.of(Notice.Kind.VERIFY_EMAIL, Notice.Kind.VERIFY_EMAIL), fixture.mailsAfterClose());
    }

    @Test
    void resend_secondLink_killsTheFirst() {
        fixture.register(ALICE, RIGHT);
        String first = fixture.token(1);
        resend(ALICE);
        String second = fixture.token(2);

        assertEquals(Confirmation.Kind.REJECTED, fixture.confirm(first, RIGHT));
        assertEquals(Confirmation.Kind.CONFIRMED, fixture.confirm(second, RIGHT));
    }

    @Test
    void register_closedOrUnknownTenant_isAcceptedAndMakesNothing() {
        assertEquals(RegistrationResult.Kind.ACCEPTED, fixture.register(CLOSED, ALICE, RIGHT));

        assertTrue(fixture.accountStore.findForLogin(CLOSED, ALICE).isEmpty());
        assertEquals(List.of(), fixture.mailsAfterClose());
        assertEquals(1, fixture.accounts.purgeExpired(10));
    }

    @Test
    void register_sixthMailInAnHour_isThrottledWhetherKnownOrNot() {
        fixture.seed(ALICE);
        EmailAddress unknown = EmailAddress.of("unknown@example.org");
        for (int i = 0; i < 5; i++) {
            assertEquals(RegistrationResult.Kind.ACCEPTED, fixture.register(ALICE, RIGHT));
            assertEquals(RegistrationResult.Kind.ACCEPTED, resend(unknown).kind());
        }

        assertEquals(RegistrationResult.Kind.THROTTLED, fixture.register(ALICE, RIGHT));
        RegistrationResult last = resend(unknown);
        Duration wait = last.fold(
                a -> Duration.ZERO, r -> Duration.ZERO, RegistrationResult.Throttled::retryAfter, b -> Duration.ZERO);
        assertTrue(wait.compareTo(Duration.ZERO) > 0 && wait.compareTo(Duration.ofHours(1)) <= 0, wait::toString);
    }

    @Test
    void register_gateFull_isBusyBeforeAnythingIsLookedUp() {
        HashingGate gate = HashingGate.builder().permits(1).maximumQueue(0).build();
        try (AccountFixture busy = new AccountFixture(gate)) {
            gate.run(
                    () -> {
                        AccountFixture.Work work = busy.during(
                                () -> assertEquals(RegistrationResult.Kind.BUSY, busy.register(ALICE, RIGHT)));
                        assertEquals(new AccountFixture.Work(0, 0), work);
                        return true;
                    },
                    wait -> false);
        }
    }

    @Test
    void confirm_gateFull_isBusyForALiveTokenAloneAndCountsNoTry() {
        HashingGate gate = HashingGate.builder().permits(1).maximumQueue(0).build();
        try (AccountFixture busy = new AccountFixture(gate)) {
            busy.register(ALICE, RIGHT);
            String token = busy.token(1);
            gate.run(
                    () -> {
                        for (int i = 0; i < 2 * OneTimeTokenStore.MAX_TRIES; i++) {
                            assertEquals(Confirmation.Kind.BUSY, busy.confirm(token, RIGHT));
                        }
                        assertEquals(Confirmation.Kind.REJECTED, busy.confirm("invented", RIGHT));
                        return true;
                    },
                    wait -> false);

            assertEquals(Confirmation.Kind.CONFIRMED, busy.confirm(token, RIGHT));
        }
    }

    @Test
    @Tag("auth:P10")
    void confirm_inventedToken_buysNoHashAndALiveOneOneForAnyPassword() {
        fixture.register(ALICE, RIGHT);
        String token = fixture.token(1);

        assertEquals(new AccountFixture.Work(0, 1), fixture.during(() -> fixture.confirm("invented", RIGHT)));
        assertEquals(new AccountFixture.Work(1, 3), fixture.during(() -> fixture.confirm(token, WRONG)));
        assertEquals(1, fixture.during(() -> fixture.confirm(token, RIGHT)).hashes());
        assertEquals(new AccountFixture.Work(0, 1), fixture.during(() -> fixture.confirm(token, RIGHT)));
    }

    @Test
    @Tag("auth:V1")
    void register_twentyAtOnceInCaseVariants_oneAccount() {
        List<String> variants =
                List.of("alice@example.org", "ALICE@example.org", "Alice@EXAMPLE.ORG", "aLICE@example.Org");

        Parallel.run(IntStream.range(0, 20)
                .<Parallel.Task<RegistrationResult.Kind>>mapToObj(
                        i -> () -> fixture.register(EmailAddress.of(variants.get(i % 4)), RIGHT))
                .toList());

        long accounts = fixture.events.stream()
                .filter(event -> event.kind() == AuthEvent.Kind.REGISTERED)
                .map(event -> event.context().user().orElseThrow())
                .filter(user -> fixture.accountStore.find(MAIN, user).isPresent())
                .count();
        assertEquals(1, accounts);
    }

    @Test
    @Tag("auth:E1")
    void everyOutcomeWithoutAnAccount_isTold() {
        fixture.register(ALICE, "short");
        fixture.register(CLOSED, ALICE, RIGHT);
        for (int i = 0; i < 6; i++) {
            resend(ALICE);
        }
        fixture.register(ALICE, RIGHT);

        List<Reason> refusals = fixture.events.stream()
                .filter(event -> event instanceof AuthEvent.RegistrationRefused)
                .map(event -> ((AuthEvent.RegistrationRefused) event).reason())
                .toList();
        assertEquals(List.of(Reason.PASSWORD, Reason.TENANT_CLOSED, Reason.THROTTLED, Reason.THROTTLED), refusals);
        assertEquals(
                5,
                fixture.told().stream()
                        .filter(kind -> kind == AuthEvent.Kind.VERIFICATION_MAIL_REQUESTED)
                        .count());
    }

    @Test
    @Tag("auth:E1")
    void everyBusyAnswer_isTold() {
        HashingGate gate = HashingGate.builder().permits(1).maximumQueue(0).build();
        try (AccountFixture busy = new AccountFixture(gate)) {
            busy.register(ALICE, RIGHT);
            String token = busy.token(1);
            busy.events.clear();
            gate.run(
                    () -> {
                        busy.register(ALICE, RIGHT);
                        busy.confirm(token, RIGHT);
                        busy.accounts.setup().seed(new Setup.Newcomer(MAIN, ALICE, Password.of(RIGHT), "", Set.of()));
                        return true;
                    },
                    wait -> false);

            assertEquals(
                    List.of(Reason.BUSY, Reason.BUSY, Reason.BUSY),
                    busy.events.stream()
                            .map(event -> ((AuthEvent.RegistrationRefused) event).reason())
                            .toList());
        }
    }

    @Test
    void request_name_isCheckedAndFilledIn() {
        assertThrows(
                IllegalArgumentException.class,
                () -> new Registration.Request(MAIN, ALICE, Password.of(RIGHT), "Alice\r\nBcc: x", CLIENT));
        assertEquals("alice", new Registration.Request(MAIN, ALICE, Password.of(RIGHT), "", CLIENT).name());
        assertTrue(Account.acceptsName("Zoë 李 O'Brien-Ñandú"));
        assertTrue(Account.acceptsName("x".repeat(100)));
        assertFalse(Account.acceptsName("x".repeat(101)));
        assertFalse(Account.acceptsName(" x"));
        assertFalse(Account.acceptsName("a\u2028b"));
    }

    @Test
    void acceptsName_switchOfDirection_isRefusedAndAJoinerIsNot() {
        for (int point = 0x202A; point <= 0x202E; point++) {
            assertFalse(Account.acceptsName("a" + Character.toString(point) + "b"));
        }
        for (int point = 0x2066; point <= 0x2069; point++) {
            assertFalse(Account.acceptsName("a" + Character.toString(point) + "b"));
        }
        for (int point : new int[] {0x202F, 0x2070, 0x200C, 0x200D, 0x05D0}) {
            assertTrue(Account.acceptsName("a" + Character.toString(point) + "b"), () -> Integer.toHexString(point));
        }
    }

    @Test
    @Tag("auth:V9")
    void notices_printed_holdNeitherTokenNorAddress() {
        fixture.register(ALICE, RIGHT);
        String token = fixture.token(1);

        String printed = fixture.mails.toString() + fixture.events + fixture.accountStore.findForLogin(MAIN, ALICE);

        assertFalse(printed.contains(token));
        assertFalse(printed.contains("alice@"));
        assertFalse(printed.contains(RIGHT));
    }

    private RegistrationResult resend(EmailAddress email) {
        return fixture.accounts.registration().resend(MAIN, email);
    }
}
