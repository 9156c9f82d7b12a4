package dev.hardening.auth.account;

import static dev.hardening.auth.account.AccountFixture.ALICE;
import static dev.hardening.auth.account.AccountFixture.CLIENT;
import static dev.hardening.auth.account.AccountFixture.MAIN;
import static dev.hardening.auth.account.AccountFixture.RIGHT;
import static dev.hardening.auth.account.AccountFixture.WRONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.hardening.auth.AuthConfigurationException;
import dev.hardening.auth.AuthUnavailableException;
import dev.hardening.auth.EmailAddress;
import dev.hardening.auth.UserId;
import dev.hardening.auth.account.AuthNotifier.Notice;
import dev.hardening.auth.password.Password;
import dev.hardening.ratelimit.BucketStore;
import dev.hardening.ratelimit.BucketStores;
import dev.hardening.ratelimit.LoginThrottle;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AccountsTest {
    private final AccountFixture fixture = new AccountFixture();

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void build_nothingSet_namesEveryMissingPart() {
        var refusal = assertThrows(
                AuthConfigurationException.class, () -> Accounts.builder().build());

        assertEquals(
                List.of(
                        "accountStore must be set",
                        "oneTimeTokenStore must be set",
                        "sessions must be set",
                        "notifier must be set"),
                refusal.faults());
    }

    @Test
    void standing_addressThatDoesNotOpen_isKnownAllTheSame() {
        Account account = fixture.seed(ALICE);
        fixture.unreadable.add(ALICE);

        assertEquals(Optional.of(account.standing()), fixture.accounts.standing(MAIN, account.id()));
        assertThrows(AuthUnavailableException.class, () -> fixture.accounts.find(MAIN, account.id()));
        assertEquals(Optional.empty(), fixture.accounts.standing(MAIN, new UserId("nobody")));
        assertEquals(Optional.empty(), fixture.accounts.standing(AccountFixture.CLOSED, account.id()));
    }

    @Test
    void build_bucketStoreWithAnotherThrottleOfThatName_isRefused() {
        BucketStore taken = BucketStores.local();
        LoginThrottle.builder()
                .store(taken)
                .backoff(
                        LoginThrottle.Dimension.ACCOUNT,
                        new LoginThrottle.Backoff(
                                7, Duration.ofSeconds(1), Duration.ofSeconds(9), Duration.ofMinutes(1)))
                .build();

        assertThrows(
                AuthConfigurationException.class,
                () -> fixture.builder().bucketStore(taken).build());
    }

    @Test
    void anyFlow_bucketStoreFailsLater_isUnavailableAndNeverOpen() {
        try (Accounts accounts = fixture.builder().bucketStore(failing()).build()) {
            Password password = Password.of(RIGHT);
            AccountFixture.Work work = fixture.during(() -> {
                assertThrows(
                        AuthUnavailableException.class,
                        () -> accounts.registration()
                                .register(new Registration.Request(MAIN, ALICE, password, "", CLIENT)));
                assertThrows(
                        AuthUnavailableException.class,
                        () -> accounts.registration().resend(MAIN, ALICE));
                assertThrows(
                        AuthUnavailableException.class,
                        () -> accounts.login().authenticate(new Login.Request(MAIN, ALICE, password, "", CLIENT)));
            });

            assertEquals(new AccountFixture.Work(0, 0), work);
        }
    }

    @Test
    void notifier_throws_theAnswerIsTheSameAndTheNextNoticeIsSent() {
        EmailAddress bob = EmailAddress.of("bob@example.org");
        AuthNotifier unlucky = notice -> {
            if (notice.to().equals(ALICE)) {
                throw new IllegalStateException("no such mailbox");
            }
            fixture.mails.add(notice);
        };
        Accounts accounts = fixture.builder().notifier(unlucky).build();

        for (EmailAddress address : List.of(ALICE, bob)) {
            RegistrationResult result = accounts.registration()
                    .register(new Registration.Request(MAIN, address, Password.of(RIGHT), "", CLIENT));
            assertEquals(RegistrationResult.Kind.ACCEPTED, result.kind());
        }
        accounts.close();

        assertEquals(List.of(bob), fixture.mails.stream().map(Notice::to).toList());
    }

    @Test
    void purgeExpired_registrationNeverConfirmed_isGoneAfterSevenDaysWithItsToken() {
        fixture.register(ALICE, RIGHT);
        fixture.clock.advance(Duration.ofDays(7).minusMillis(1));
        assertEquals(1, fixture.accounts.purgeExpired(100));

        fixture.clock.advance(Duration.ofMillis(1));

        assertEquals(1, fixture.accounts.purgeExpired(100));
        assertEquals(0, fixture.accounts.purgeExpired(100));
        assertEquals(LoginResult.Kind.REJECTED, fixture.login(ALICE, WRONG).kind());
    }

    @Test
    void build_limitOfMails_hasAVersionForProcessesOfTwoReleases() {
        Map<String, Long> versions = new HashMap<>();
        BucketStore local = BucketStores.local();
        BucketStore recording = spec -> {
            versions.put(spec.name(), spec.version());
            return local.open(spec);
        };

        fixture.builder().bucketStore(recording).build().close();

        assertEquals(1L, versions.get("auth-mail"));
    }

    /** Opens every policy, then answers nothing. */
    private static BucketStore failing() {
        BucketStore real = BucketStores.local();
        return (BucketStore) Proxy.newProxyInstance(
                BucketStore.class.getClassLoader(), new Class<?>[] {BucketStore.class}, (proxy, method, arguments) -> {
                    Object opened = method.invoke(real, arguments);
                    return method.getReturnType().isInterface()
                            ? Proxy.newProxyInstance(
                                    BucketStore.class.getClassLoader(),
                                    new Class<?>[] {method.getReturnType()},
                                    (space, verb, parameters) -> {
                                        throw new IllegalStateException("down");
                                    })
                            : opened;
                });
    }
}
