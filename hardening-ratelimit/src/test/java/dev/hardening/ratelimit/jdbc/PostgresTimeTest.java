package dev.hardening.ratelimit.jdbc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.Keys;
import dev.hardening.ratelimit.Limit;
import dev.hardening.ratelimit.Policy;
import dev.hardening.ratelimit.RateLimiter;
import dev.hardening.ratelimit.RequestFacts;
import dev.hardening.testing.FakeClock;
import dev.hardening.testing.TestPostgres;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the store says the time is, by which quotas of the calendar go. */
@Tag("database")
@Tag("slow")
@Tag("ratelimit:C2")
class PostgresTimeTest {
    @RegisterExtension
    static final TestPostgres POSTGRES = TestPostgres.migrated("dev/hardening/ratelimit/db/V1__buckets.sql");

    private static final Duration HOUR = Duration.ofHours(1);
    /** Of a busy machine, and far from the hour. */
    private static final Duration SLACK = Duration.ofMinutes(1);

    private static final RequestFacts FACTS = RequestFacts.builder().userId("u").build();

    private static PostgresBucketStore.Builder builder() {
        return PostgresBucketStore.builder(POSTGRES.dataSource());
    }

    private static RateLimiter daily(PostgresBucketStore store, Clock clock, long amount) {
        return RateLimiter.builder()
                .store(store)
                .clock(clock)
                .policy(Policy.named("p")
                        .key(Keys.user())
                        .limit(Limit.calendar("day", amount, Limit.Refill.Unit.DAY, ZoneOffset.UTC))
                        .build())
                .build();
    }

    private static Instant database() throws SQLException {
        try (Connection connection = POSTGRES.dataSource().getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT extract(epoch FROM clock_timestamp())::bigint")) {
            row.next();
            return Instant.ofEpochSecond(row.getLong(1));
        }
    }

    @Test
    void time_ofAMachineAnHourAhead_isTheDatabases() throws SQLException {
        PostgresBucketStore store =
                builder().machineClock(Clock.offset(Clock.systemUTC(), HOUR)).build();
        assertEquals(Optional.empty(), store.time());
        store.open("time", List.of(Limit.of("a", 10, HOUR))).take("k", 1);

        Duration off = Duration.between(database(), store.time().orElseThrow());

        assertTrue(off.abs().compareTo(SLACK) < 0, "off by " + off);
    }

    @Test
    void time_withAClockOfATest_isThat() {
        FakeClock clock = FakeClock.create();
        PostgresBucketStore store = builder().clock(clock).build();
        clock.advance(HOUR);

        assertEquals(Optional.of(clock.instant()), store.time());
    }

    /** A day apart, so that at every time of day the two clocks are in different ones. */
    @Test
    @Tag("ratelimit:A21")
    void check_limitersADayApart_haveOneQuotaTogether() {
        RateLimiter one = daily(builder().build(), Clock.systemUTC(), 5);
        RateLimiter other = daily(builder().build(), Clock.offset(Clock.systemUTC(), Duration.ofDays(1)), 5);
        long today = 0;
        long allowed = 0;
        do {
            today = Clock.systemUTC().instant().getEpochSecond() / 86_400;
            POSTGRES.execute("TRUNCATE hardening_ratelimit.bucket");
            allowed = 0;
            for (int attempt = 0; attempt < 8; attempt++) {
                allowed += other.check(FACTS).allowed() ? 1 : 0;
                allowed += one.check(FACTS).allowed() ? 1 : 0;
            }
        } while (Clock.systemUTC().instant().getEpochSecond() / 86_400 != today);

        assertEquals(5, allowed);
    }
}
