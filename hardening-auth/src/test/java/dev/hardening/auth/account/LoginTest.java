package dev.hardening.auth.account;

import static dev.hardening.auth.account.AccountFixture.ALICE;
import static dev.hardening.auth.account.AccountFixture.MAIN;
import static dev.hardening.auth.account.AccountFixture.RIGHT;
import static dev.hardening.auth.account.AccountFixture.WRONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.auth.AuthEvent;
import dev.hardening.auth.AuthEvent.LoginFailed;
import dev.hardening.auth.AuthUnavailableException;
import dev.hardening.auth.EmailAddress;
import dev.hardening.auth.TenantId;
import dev.hardening.auth.password.HashingGate;
import dev.hardening.auth.password.Password;
import dev.hardening.testing.Eventually;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class LoginTest {
    private static final EmailAddress PENDING = EmailAddress.of("pending@example.org");
    private static final EmailAddress DISABLED = EmailAddress.of("disabled@example.org");
    private static final EmailAddress UNREADABLE = EmailAddress.of("unreadable@example.org");
    private static final EmailAddress UNREADABLE_PENDING = EmailAddress.of("unreadable.pending@example.org");
    private static final EmailAddress UNKNOWN = EmailAddress.of("unknown@example.org");
    private static final Duration SOON = Duration.ofSeconds(10);

    private final AccountFixture fixture = new AccountFixture();

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void authenticate_rightPassword_startsASession() {
        Account account = fixture.seed(ALICE);

        LoginResult result = fixture.login(EmailAddress.of("Alice@Example.ORG"), RIGHT);

        assertEquals("access", result.fold(ok -> ok.tokens().accessToken(), no -> "", late -> "", full -> ""));
        assertEquals(List.of(account.id().value()), fixture.sessions);
        AuthEvent last = fixture.events.get(fixture.events.size() - 1);
        assertEquals(AuthEvent.Kind.LOGIN_SUCCEEDED, last.kind());
        assertEquals("192.0.2.1", last.context().clientAddress().orElseThrow());
    }

    @Test
    @Tag("auth:P10")
    @Tag("ASVS-6.3.8")
    void authenticate_everyRejectedCohort_sameAnswerSameHashesSameTrips() {
        cohorts();
        AccountFixture.Work expected = new AccountFixture.Work(1, 1);
        LoginResult wrong = fixture.login(ALICE, WRONG);

        for (Attempt attempt : attempts()) {
            LoginResult[] result = new LoginResult[1];
            AccountFixture.Work work =
                    fixture.during(() -> result[0] = fixture.login(attempt.tenant, attempt.email, attempt.password));
            assertEquals(expected, work, attempt::toString);
            assertEquals(wrong, result[0], attempt::toString);
        }
        assertEquals(List.of(), fixture.sessions);
    }

    @Test
    @Tag("auth:P10")
    void authenticate_everyRejectedCohortWithAnOutdatedHash_costsTheHashOfTodayToo() {
        cohorts();
        fixture.hasher.parameters = 2;

        for (Attempt attempt : attempts()) {
            fixture.hasher.costs.clear();
            AccountFixture.Work work =
                    fixture.during(() -> fixture.login(attempt.tenant, attempt.email, attempt.password));
            assertEquals(1, work.storeCalls(), attempt::toString);
            assertEquals(1, Collections.frequency(fixture.hasher.costs, 2), attempt::toString);
        }
        fixture.hasher.costs.clear();
        fixture.login(ALICE, WRONG);
        assertEquals(List.of(1, 2), fixture.hasher.costs);
    }

    @Test
    void authenticate_everyRejectedCohort_theEventsTellThemApart() {
        cohorts();
        fixture.events.clear();

        attempts().forEach(attempt -> fixture.login(attempt.tenant, attempt.email, attempt.password));

        assertEquals(
                List.of(
                        LoginFailed.Reason.WRONG_PASSWORD,
                        LoginFailed.Reason.WRONG_PASSWORD,
                        LoginFailed.Reason.WRONG_PASSWORD,
                        LoginFailed.Reason.UNKNOWN_ACCOUNT,
                        LoginFailed.Reason.UNKNOWN_ACCOUNT,
                        LoginFailed.Reason.UNVERIFIED,
                        LoginFailed.Reason.DISABLED,
                        LoginFailed.Reason.WRONG_PASSWORD,
                        LoginFailed.Reason.WRONG_PASSWORD,
                        LoginFailed.Reason.UNVERIFIED),
                fixture.events.stream()
                        .map(event -> ((LoginFailed) event).reason())
                        .toList());
    }

    @Test
    @Tag("ASVS-7.4.2")
    void authenticate_disabledWhileHashing_isRejectedAndToldAsDisabled() {
        Account account = fixture.seed(ALICE);
        fixture.hasher.whileHashing = () -> fixture.accountStore.disable(MAIN, account.id());

        assertEquals(LoginResult.Kind.REJECTED, fixture.login(ALICE, RIGHT).kind());

        assertEquals(List.of(), fixture.sessions);
        LoginFailed last = (LoginFailed) fixture.events.get(fixture.events.size() - 1);
        assertEquals(LoginFailed.Reason.DISABLED, last.reason());
    }

    @Test
    @Tag("auth:Z3")
    void authenticate_otherTenant_isUnknownThere() {
        fixture.seed(ALICE);

        assertEquals(
                LoginResult.Kind.REJECTED,
                fixture.login(new TenantId("other"), ALICE, RIGHT).kind());
    }

    @Test
    @Tag("auth:P2")
    void authenticate_aMegabyteOfPassword_costsOneHashAndIsRejected() {
        fixture.seed(ALICE);

        AccountFixture.Work work = fixture.during(() -> assertEquals(
                LoginResult.Kind.REJECTED,
                fixture.login(ALICE, "x".repeat(1_000_000)).kind()));

        assertEquals(new AccountFixture.Work(1, 1), work);
    }

    @Test
    @Tag("auth:P12")
    @Tag("ASVS-6.3.1")
    void authenticate_twoHundredParallelGuesses_passAtMostTheFreeOnes() {
        fixture.seed(ALICE);
        int before = fixture.hasher.computed();

        List<LoginResult.Kind> results = Parallel.run(IntStream.range(0, 200)
                .<Parallel.Task<LoginResult.Kind>>mapToObj(
                        i -> () -> fixture.login(ALICE, "guess number " + i).kind())
                .toList());

        int looked = fixture.hasher.computed() - before;
        assertTrue(looked <= 5, "passwords looked at: " + looked);
        assertEquals(looked, 200 - Collections.frequency(results, LoginResult.Kind.THROTTLED));
    }

    @Test
    void authenticate_throttled_nothingIsLookedUpAndTheWaitIsTold() {
        fixture.seed(ALICE);
        IntStream.range(0, 5).forEach(i -> fixture.login(ALICE, WRONG));

        LoginResult[] result = new LoginResult[1];
        AccountFixture.Work work = fixture.during(() -> result[0] = fixture.login(ALICE, RIGHT));

        assertEquals(new AccountFixture.Work(0, 0), work);
        Duration wait = result[0].fold(
                ok -> Duration.ZERO, no -> Duration.ZERO, LoginResult.Throttled::retryAfter, full -> Duration.ZERO);
        assertTrue(wait.compareTo(Duration.ZERO) > 0, wait::toString);
        assertEquals(
                AuthEvent.Kind.LOGIN_THROTTLED,
                fixture.told().get(fixture.told().size() - 1));
    }

    @Test
    @Tag("auth:P12")
    void authenticate_success_forgivesTheFailuresOfTheAccount() {
        fixture.seed(ALICE);

        for (int round = 0; round < 5; round++) {
            IntStream.range(0, 4).forEach(i -> fixture.login(ALICE, WRONG));
            assertEquals(
                    LoginResult.Kind.AUTHENTICATED, fixture.login(ALICE, RIGHT).kind());
        }
    }

    @Test
    void authenticate_gateFull_isBusyBeforeTheLookUpAndCostsNoAttempt() {
        HashingGate gate = HashingGate.builder()
                .permits(1)
                .maximumQueue(0)
                .retryAfter(Duration.ofSeconds(2))
                .build();
        try (AccountFixture busy = new AccountFixture(gate)) {
            busy.seed(ALICE);
            gate.run(
                    () -> {
                        AccountFixture.Work work = busy.during(() -> IntStream.range(0, 20)
                                .forEach(i -> assertEquals(
                                        new LoginResult.Busy(Duration.ofSeconds(2)), busy.login(ALICE, RIGHT))));
                        assertEquals(new AccountFixture.Work(0, 0), work);
                        return true;
                    },
                    wait -> false);

            assertEquals(
                    LoginResult.Kind.AUTHENTICATED, busy.login(ALICE, RIGHT).kind());
        }
    }

    @Test
    void authenticate_storeFails_isUnavailableAndCostsNoAttempt() {
        AtomicBoolean broken = new AtomicBoolean(true);
        fixture.seed(ALICE);
        fixture.hasher.whileHashing = () -> {
            if (broken.get()) {
                throw new AuthUnavailableException("down");
            }
        };

        IntStream.range(0, 20)
                .forEach(i -> assertThrows(AuthUnavailableException.class, () -> fixture.login(ALICE, RIGHT)));
        LoginFailed told = (LoginFailed) fixture.events.get(fixture.events.size() - 1);
        assertEquals(LoginFailed.Reason.UNAVAILABLE, told.reason());
        broken.set(false);

        assertEquals(LoginResult.Kind.AUTHENTICATED, fixture.login(ALICE, RIGHT).kind());
    }

    @Test
    @Tag("auth:P10")
    @Tag("auth:P12")
    @Tag("ASVS-6.3.8")
    void authenticate_addressThatDoesNotOpen_isUnavailableToItsOwnerAndThrottledForGuesses() {
        cohorts();
        for (int i = 0; i < 20; i++) {
            assertThrows(AuthUnavailableException.class, () -> fixture.login(UNREADABLE, RIGHT));
        }
        LoginFailed told = (LoginFailed) fixture.events.get(fixture.events.size() - 1);
        assertEquals(LoginFailed.Reason.UNAVAILABLE, told.reason());
        assertEquals(List.of(), fixture.sessions);

        IntStream.range(0, 5)
                .forEach(i -> assertEquals(
                        LoginResult.Kind.REJECTED,
                        fixture.login(UNREADABLE, WRONG).kind()));

        assertEquals(
                LoginResult.Kind.THROTTLED, fixture.login(UNREADABLE, WRONG).kind());
    }

    @Test
    void authenticate_outdatedHash_isRenewedLaterAndStillOpens() {
        fixture.seed(ALICE);
        fixture.hasher.parameters = 2;

        assertEquals(LoginResult.Kind.AUTHENTICATED, fixture.login(ALICE, RIGHT).kind());

        Eventually.until(
                SOON, "the hash is renewed", () -> stored(fixture).text().startsWith("2:"));
        assertEquals(LoginResult.Kind.AUTHENTICATED, fixture.login(ALICE, RIGHT).kind());
    }

    @Test
    void authenticate_outdatedHashAndGateBusy_isRenewedAnotherDay() {
        HashingGate gate = HashingGate.builder().permits(1).build();
        CountDownLatch occupied = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        try (AccountFixture narrow = new AccountFixture(gate)) {
            narrow.seed(ALICE);
            narrow.hasher.parameters = 2;
            narrow.onSession = () -> {
                new Thread(() -> gate.run(
                                () -> {
                                    occupied.countDown();
                                    return await(release);
                                },
                                wait -> false))
                        .start();
                await(occupied);
            };

            assertEquals(
                    LoginResult.Kind.AUTHENTICATED, narrow.login(ALICE, RIGHT).kind());
            narrow.accounts.close();

            assertTrue(stored(narrow).text().startsWith("1:"));
        } finally {
            release.countDown();
        }
    }

    private static boolean await(CountDownLatch latch) {
        try {
            return latch.await(10, TimeUnit.SECONDS);
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }

    private static Password.Hash stored(AccountFixture fixture) {
        return fixture.accountStore.findForLogin(MAIN, ALICE).orElseThrow().hash();
    }

    private void cohorts() {
        fixture.seed(ALICE);
        fixture.register(PENDING, RIGHT);
        fixture.accountStore.disable(MAIN, fixture.seed(DISABLED).id());
        fixture.seed(UNREADABLE);
        fixture.register(UNREADABLE_PENDING, RIGHT);
        fixture.unreadable.addAll(List.of(UNREADABLE, UNREADABLE_PENDING));
    }

    private static List<Attempt> attempts() {
        return List.of(
                new Attempt(MAIN, ALICE, WRONG),
                new Attempt(MAIN, PENDING, WRONG),
                new Attempt(MAIN, DISABLED, WRONG),
                new Attempt(MAIN, UNKNOWN, RIGHT),
                new Attempt(new TenantId("nowhere"), ALICE, RIGHT),
                new Attempt(MAIN, PENDING, RIGHT),
                new Attempt(MAIN, DISABLED, RIGHT),
                new Attempt(MAIN, UNREADABLE, WRONG),
                new Attempt(MAIN, UNREADABLE_PENDING, WRONG),
                new Attempt(MAIN, UNREADABLE_PENDING, RIGHT));
    }

    private record Attempt(TenantId tenant, EmailAddress email, String password) {}
}
