package dev.hardening.examples.lms.school;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.auth.TenantId;
import dev.hardening.auth.UserId;
import dev.hardening.secrets.Secret;
import dev.hardening.testing.FakeClock;
import dev.hardening.testing.TestPostgres;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@Tag("database")
class SetupTokensTest {
    @RegisterExtension
    static final TestPostgres POSTGRES = TestPostgres.migrated("dev/hardening/examples/lms/db/V1__school.sql");

    private static final UserId ANN = new UserId("ann");

    private final FakeClock clock = FakeClock.create();
    private School school;
    private SetupTokens tokens;

    @BeforeEach
    void open() {
        POSTGRES.execute("TRUNCATE lms.members, lms.setup_tokens");
        school = School.builder()
                .dataSource(POSTGRES.dataSource())
                .cursorKey(Secret.of("key"))
                .clock(clock)
                .build();
        tokens = school.setupTokens();
    }

    @Test
    void redeem_issuedToken_makesTheAdministratorOnce() {
        String token = tokens.issueAtStart("home").orElseThrow();

        assertTrue(redeem(token));

        assertEquals(TenantRole.ADMIN, school.members().role(new Member(Tenants.MAIN, ANN)));
        assertFalse(redeem(token));
        assertEquals(Optional.empty(), tokens.issueAtStart("home"));
    }

    @Test
    void redeem_accountNotMade_keepsTheToken() {
        String token = tokens.issueAtStart("home").orElseThrow();

        tokens.redeem(token, tenant -> Optional.empty());
        assertThrows(
                UnsupportedOperationException.class,
                () -> tokens.redeem(token, tenant -> {
                    throw new UnsupportedOperationException("a refused password");
                }));

        assertTrue(redeem(token));
    }

    @Test
    void redeem_afterFiveWrongOnes_isRefused() {
        String token = tokens.issueAtStart("home").orElseThrow();
        for (int wrong = 0; wrong < SetupTokens.TRIES; wrong++) {
            assertFalse(redeem("main.wrong" + wrong));
        }

        assertFalse(redeem(token));
    }

    @Test
    void redeem_afterFourWrongOnes_isTaken() {
        String token = tokens.issueAtStart("home").orElseThrow();
        for (int wrong = 1; wrong < SetupTokens.TRIES; wrong++) {
            assertFalse(redeem("main.wrong" + wrong));
        }

        assertTrue(redeem(token));
    }

    @Test
    void redeem_atItsExpiry_isRefused() {
        String token = tokens.issueAtStart("home").orElseThrow();

        clock.advance(Duration.ofHours(24));

        assertFalse(redeem(token));
        clock.advance(Duration.ofSeconds(-1));
        assertTrue(redeem(token));
    }

    @Test
    void redeem_tokenOfAnotherForm_isRefused() {
        for (String token : List.of("", ".", "main", "main.", "MAIN.x", "nowhere.x", "a b.c", "..", "main..")) {
            assertFalse(redeem(token), token);
        }
    }

    @Test
    void issueAtStart_again_replacesTheTokenOfTheSameHome() {
        String first = tokens.issueAtStart("home").orElseThrow();
        String second = tokens.issueAtStart("home").orElseThrow();

        assertFalse(redeem(first));
        assertTrue(redeem(second));
    }

    @Test
    void issueAtStart_byAnotherProcessAtOnce_leavesTheFirstAlone() {
        String first = tokens.issueAtStart("home").orElseThrow();

        assertEquals(Optional.empty(), tokens.issueAtStart("other home"));
        clock.advance(Duration.ofMinutes(1).plusMillis(1));
        assertTrue(tokens.issueAtStart("other home").isPresent());
        assertFalse(redeem(first));
    }

    @Test
    void issueFor_newTenant_isGoodForSevenDaysAndReissuable() {
        TenantId tenant = new TenantId("second");
        Member admin = new Member(Tenants.MAIN, ANN);
        school.members().grant(admin, TenantRole.ADMIN);
        school.tenants().create(admin, tenant, "Second");
        String first = tokens.issueFor(tenant);
        String second = tokens.issueFor(tenant);
        clock.advance(Duration.ofDays(7).minusSeconds(1));

        assertFalse(redeem(first));
        assertTrue(redeem(second));

        assertEquals(TenantRole.ADMIN, school.members().role(new Member(tenant, ANN)));
        assertEquals(
                Refusal.CONFLICT,
                school.tenants().create(admin, tenant, "Second").fold(value -> Refusal.UNKNOWN, refusal -> refusal));
    }

    @Test
    void redeem_byManyAtOnce_makesOneAdministrator() throws Exception {
        String token = tokens.issueAtStart("home").orElseThrow();
        AtomicInteger made = new AtomicInteger();
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Future<Boolean>> results = IntStream.range(0, 8)
                    .mapToObj(index -> threads.submit(() -> done(tokens.redeem(token, tenant -> {
                        made.incrementAndGet();
                        return Optional.of(new UserId("user" + index));
                    }))))
                    .toList();
            int wins = 0;
            for (Future<Boolean> result : results) {
                wins += result.get() ? 1 : 0;
            }

            assertEquals(1, wins);
            assertEquals(1, made.get());
        } finally {
            threads.shutdownNow();
        }
    }

    private boolean redeem(String token) {
        return done(tokens.redeem(token, tenant -> Optional.of(ANN)));
    }

    private static boolean done(Outcome<Member> outcome) {
        return outcome.fold(value -> true, refusal -> false);
    }
}
