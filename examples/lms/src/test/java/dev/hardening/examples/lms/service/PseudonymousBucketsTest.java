package dev.hardening.examples.lms.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.BucketStore;
import dev.hardening.ratelimit.BucketStores;
import dev.hardening.ratelimit.BucketStores.OutageSpec;
import dev.hardening.ratelimit.Limit;
import dev.hardening.ratelimit.jdbc.PostgresBucketStore;
import dev.hardening.secrets.Secret;
import dev.hardening.testing.TestPostgres;
import java.io.InputStream;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@Tag("database")
class PseudonymousBucketsTest {
    @RegisterExtension
    static final TestPostgres POSTGRES = TestPostgres.migrated("dev/hardening/ratelimit/db/V1__buckets.sql");

    private static final String KEY = "account=24:main/alice@example.org;";
    private static final Secret SECRET = Secret.of("0123456789abcdef0123456789abcdef");

    private final List<Limit> one = List.of(Limit.of("hour", 1, Duration.ofHours(1)));

    @Test
    void take_anyKey_countsAsTheStoreBelowDoes() {
        BucketStore.Space space =
                PseudonymousBuckets.of(BucketStores.local(), SECRET).open("mails", one);

        assertTrue(space.take(KEY, 1).granted());
        assertFalse(space.peek(KEY, 1).granted());
        assertTrue(space.take("another", 1).granted());
        space.reset(KEY);
        assertTrue(space.peek(KEY, 1).granted());
        space.debit(KEY, 1);
        assertFalse(space.take(KEY, 1).granted());
        assertEquals(2, space.size().orElse(2));
    }

    @Test
    void time_ofTheStoreBelow_isItsOwn() {
        Instant now = Instant.parse("2026-11-22T23:30:00Z");
        BucketStore below = new BucketStore() {
            @Override
            public Space open(SpaceSpec spec) {
                return BucketStores.local().open(spec);
            }

            @Override
            public Optional<Instant> time() {
                return Optional.of(now);
            }
        };

        assertEquals(Optional.of(now), PseudonymousBuckets.of(below, SECRET).time());
    }

    @Test
    @Tag("ASVS-14.2.4")
    void space_everyMethodOfThePort_isPassedOnUnderThePseudonym() throws Exception {
        List<String> asked = new ArrayList<>();
        BucketStore.Space below = (BucketStore.Space) Proxy.newProxyInstance(
                BucketStore.Space.class.getClassLoader(),
                new Class<?>[] {BucketStore.Space.class},
                (proxy, method, arguments) -> {
                    asked.add(method.getName() + Arrays.toString(arguments));
                    return answer(method.getReturnType());
                });
        BucketStore.Space space = PseudonymousBuckets.of(spec -> below, SECRET).open("mails", one);

        for (Method method : BucketStore.Space.class.getMethods()) {
            asked.clear();
            Object[] arguments = Arrays.stream(method.getParameterTypes())
                    .map(type -> type == String.class ? (Object) KEY : 1L)
                    .toArray();
            method.invoke(space, arguments);

            assertEquals(1, asked.size(), method::toString);
            String call = asked.get(0);
            assertTrue(call.matches(method.getName() + (arguments.length == 0 ? "null" : "\\[[^,]+(, 1)?\\]")), call);
            assertFalse(call.contains("alice"), call);
        }
    }

    private static Object answer(Class<?> type) {
        if (type == BucketStore.Take.class) {
            return BucketStore.Take.refused(List.of(), BucketStore.Source.LOCAL);
        }
        if (type == Optional.class) {
            return Optional.empty();
        }
        if (type == OptionalLong.class) {
            return OptionalLong.empty();
        }
        return type == boolean.class ? Boolean.TRUE : null;
    }

    @Test
    void health_ofTheStoreBelow_isItsOwn() {
        BucketStore guarded = BucketStores.guarded(BucketStores.local(), OutageSpec.standard());
        BucketStore store = PseudonymousBuckets.of(guarded, SECRET);
        assertEquals(BucketStore.Health.Status.UNKNOWN, store.health().status());

        store.open("mails", one).take(KEY, 1);

        assertEquals(BucketStore.Health.Status.UP, store.health().status());
    }

    @Test
    @Tag("ASVS-14.2.4")
    void take_onPostgres_writesNoPartOfTheKey() throws Exception {
        BucketStore store = PseudonymousBuckets.of(PostgresBucketStore.create(POSTGRES.dataSource()), SECRET);

        store.open("mails", one).take(KEY, 1);

        try (Connection connection = POSTGRES.dataSource().getConnection();
                ResultSet row = connection
                        .createStatement()
                        .executeQuery("SELECT string_agg(bucket::text, ' ') FROM hardening_ratelimit.bucket")) {
            assertTrue(row.next());
            assertTrue(row.getString(1).contains("mails"), row.getString(1));
            assertFalse(row.getString(1).contains("alice"), row.getString(1));
        }
    }

    @Test
    @Tag("ASVS-14.2.4")
    void migration_ofKeysFromBefore_removesThoseWithAnAddress() throws Exception {
        PostgresBucketStore before = PostgresBucketStore.create(POSTGRES.dataSource());
        before.open("mails", one).take(KEY, 1);
        PseudonymousBuckets.of(before, SECRET).open("mails", one).take("kept", 1);
        assertEquals("t", text("SELECT bool_or(id LIKE '%alice%') FROM hardening_ratelimit.bucket"));
        int rows = Integer.parseInt(text("SELECT count(*) FROM hardening_ratelimit.bucket"));

        try (InputStream migration = PseudonymousBuckets.class.getResourceAsStream(
                "/dev/hardening/examples/lms/db/V3__limits_without_addresses.sql")) {
            POSTGRES.execute(new String(Objects.requireNonNull(migration).readAllBytes(), StandardCharsets.UTF_8));
        }

        assertEquals("f", text("SELECT bool_or(id LIKE '%alice%') FROM hardening_ratelimit.bucket"));
        assertEquals(rows - 1, Integer.parseInt(text("SELECT count(*) FROM hardening_ratelimit.bucket")));
    }

    private static String text(String query) throws Exception {
        try (Connection connection = POSTGRES.dataSource().getConnection();
                ResultSet row = connection.createStatement().executeQuery(query)) {
            assertTrue(row.next());
            return row.getString(1);
        }
    }
}
