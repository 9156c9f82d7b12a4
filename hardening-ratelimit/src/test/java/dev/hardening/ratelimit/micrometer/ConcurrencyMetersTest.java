package dev.hardening.ratelimit.micrometer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.Keys;
import dev.hardening.ratelimit.RequestFacts;
import dev.hardening.ratelimit.concurrency.ConcurrencyLimiter;
import dev.hardening.ratelimit.concurrency.LoadShedder;
import dev.hardening.ratelimit.concurrency.PermitLimit;
import dev.hardening.ratelimit.concurrency.Priority;
import dev.hardening.testing.FakeTicker;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class ConcurrencyMetersTest {
    private static final RequestFacts FACTS =
            RequestFacts.builder().userId("someone").build();

    private final FakeTicker ticker = FakeTicker.create();
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final RateLimitMeters meters = RateLimitMeters.create(registry);

    private double value(String name, String tag, String value) {
        Meter meter =
                registry.get("hardening.ratelimit." + name).tag(tag, value).meter();
        return meter.measure().iterator().next().getValue();
    }

    @Test
    @Tag("ratelimit:A13")
    void watch_concurrencyLimiter_followsItsFigures() {
        ConcurrencyLimiter limiter = ConcurrencyLimiter.builder()
                .ticker(ticker)
                .limit(PermitLimit.of("uploads", Keys.user(), 2))
                .build();
        meters.watch(limiter);

        assertTrue(limiter.acquire(FACTS).granted());
        assertTrue(limiter.acquire(FACTS).granted());
        assertFalse(limiter.acquire(FACTS).granted());
        assertEquals(2, value("permits.inflight", "policy", "uploads"));
        assertEquals(1, value("permits.refused", "policy", "uploads"));
        ticker.advance(Duration.ofMinutes(2));
        assertTrue(limiter.acquire(FACTS).granted());

        assertEquals(1, value("permits.inflight", "policy", "uploads"));
        assertEquals(2, value("permits.expired", "policy", "uploads"));
    }

    @Test
    void watch_shedder_followsItsFigures() {
        LoadShedder shedder = LoadShedder.builder(5).ticker(ticker).build();
        meters.watch(shedder);

        for (int request = 0; request < 5; request++) {
            shedder.admit(Priority.LOW);
        }

        assertEquals(3, value("shed.inflight", "priority", "low"));
        assertEquals(0, value("shed.inflight", "priority", "critical"));
        assertEquals(2, value("shed.requests", "priority", "low"));
        assertEquals(0, value("shed.expired", "shedder", "service"));
    }

    @Test
    void meters_all_haveDescriptionAndUnitAndNoPersonalTag() {
        watch_concurrencyLimiter_followsItsFigures();
        watch_shedder_followsItsFigures();

        for (Meter meter : registry.getMeters()) {
            assertNotNull(meter.getId().getDescription());
            assertNotNull(meter.getId().getBaseUnit());
            assertFalse(meter.getId().toString().contains("someone"));
        }
    }
}
