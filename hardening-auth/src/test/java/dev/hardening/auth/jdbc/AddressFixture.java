package dev.hardening.auth.jdbc;

import dev.hardening.auth.EmailAddress;
import dev.hardening.auth.TenantId;
import dev.hardening.auth.UserId;
import dev.hardening.auth.account.Account.Role;
import dev.hardening.auth.account.AccountStore;
import dev.hardening.auth.password.Password;
import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretsUnavailableException;
import dev.hardening.secrets.ring.InMemoryRingStore;
import dev.hardening.secrets.ring.KeyKind;
import dev.hardening.secrets.ring.KeyRing;
import dev.hardening.secrets.ring.RingStore;
import dev.hardening.secrets.seal.Sealer;
import dev.hardening.testing.TestPostgres;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/** A ring, two secrets and a table to seal in. */
final class AddressFixture {
    static final Instant NOW = Instant.parse("2026-11-22T10:00:00Z");
    static final TenantId MAIN = new TenantId("main");
    static final TenantId OTHER = new TenantId("other");
    static final EmailAddress ALICE = EmailAddress.of("Alice.Canary@Example.org");
    static final EmailAddress MALLORY = EmailAddress.of("mallory@example.net");
    static final Password.Hash HASH = new Password.Hash("hash");
    static final Secret FIRST = Secret.of("first index secret 0123456789abcdef");
    static final Secret SECOND = Secret.of("second index secret 0123456789abcde");

    final KeyRing ring = ring(new InMemoryRingStore());
    final Sealer sealer = Sealer.of(ring);
    private final TestPostgres postgres;

    AddressFixture(TestPostgres postgres) {
        this.postgres = postgres;
    }

    static KeyRing ring(RingStore store) {
        return KeyRing.builder()
                .name("sealing")
                .kind(KeyKind.AES_256)
                .store(store)
                .keyEncryptionKey(Secret.of("0123456789abcdef0123456789abcdef"))
                .build();
    }

    /** The store as it is, until it is down. */
    static RingStore failing(RingStore store, AtomicBoolean down) {
        return (RingStore) Proxy.newProxyInstance(
                AddressFixture.class.getClassLoader(), new Class<?>[] {RingStore.class}, (self, method, given) -> {
                    if (down.get()) {
                        throw new SecretsUnavailableException("the store is down");
                    }
                    return method.invoke(store, given);
                });
    }

    SealedAddresses sealing(Secret index) {
        return SealedAddresses.of(sealer, index);
    }

    AccountStore store() {
        return store(sealing(FIRST));
    }

    AccountStore store(SealedAddresses sealing) {
        return new JdbcAccountStore(postgres.dataSource(), sealing);
    }

    AccountStore plain() {
        return new JdbcAccountStore(postgres.dataSource());
    }

    AddressRenewal renewal(SealedAddresses sealing) {
        return AddressRenewal.of(postgres.dataSource(), sealing);
    }

    /** What goes into the log meanwhile. */
    static String logged(Runnable work) {
        PrintStream before = System.err;
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
        try {
            work.run();
        } finally {
            System.setErr(before);
        }
        return log.toString(StandardCharsets.UTF_8);
    }

    /** Makes another key ACTIVE and gives the id of the one before. */
    String rotate() {
        String before = ring.active().id();
        ring.unsafePromoteNow(ring.add().id());
        return before;
    }

    static AccountStore.Draft draft(TenantId tenant, String id, EmailAddress email) {
        return new AccountStore.Draft(
                tenant, new UserId(id), email, "N", HASH, Set.of(Role.STUDENT), NOW, NOW.plus(Duration.ofDays(7)));
    }

    static AccountStore.Draft draft(String id, EmailAddress email) {
        return draft(MAIN, id, email);
    }

    /** One column of all rows, in the order of tenant and user. */
    List<String> column(String expression) {
        try (Connection connection = postgres.dataSource().getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(
                        "SELECT " + expression + " FROM hardening_auth.accounts AS a ORDER BY tenant_id, user_id")) {
            List<String> cells = new ArrayList<>();
            while (rows.next()) {
                cells.add(rows.getString(1));
            }
            return cells;
        } catch (SQLException failure) {
            throw new AssertionError(failure);
        }
    }

    /** Everything that stands in the table, as text and in lower case. */
    String dump() {
        return String.join("\n", column("lower(a::text)"));
    }
}
