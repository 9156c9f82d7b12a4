package dev.hardening.auth.jdbc;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.hardening.auth.account.OneTimeTokenStore;
import dev.hardening.auth.account.OneTimeTokenStoreContract;
import dev.hardening.testing.TestPostgres;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@Tag("database")
class JdbcOneTimeTokenStoreTest extends OneTimeTokenStoreContract {
    @RegisterExtension
    static final TestPostgres POSTGRES = TestPostgres.migrated("dev/hardening/auth/db/V1__accounts.sql");

    @Override
    protected OneTimeTokenStore store() {
        return new JdbcOneTimeTokenStore(POSTGRES.dataSource());
    }

    @AfterEach
    void empty() {
        POSTGRES.execute("DELETE FROM hardening_auth.one_time_tokens");
    }

    @Test
    void anyVerb_poolWithoutAutoCommit_commitsWhatItWrote() {
        POSTGRES.execute("INSERT INTO hardening_auth.one_time_tokens VALUES ('main', 'u', 'SETUP',"
                + " decode(repeat('00', 32), 'hex'), 0, '', 0, '2026-01-01T00:00:00Z')");

        int purged = new JdbcOneTimeTokenStore(withoutAutoCommit(POSTGRES.dataSource()))
                .purgeExpired(Instant.parse("2026-11-22T10:00:00Z"), 10);

        assertEquals(1, purged);
        assertEquals(0, store().purgeExpired(Instant.parse("2026-11-22T10:00:00Z"), 10));
    }

    @Test
    void anyVerb_connection_isBoundedWhileItWorksAndGivenBackAsItCame() {
        List<Object> timeouts = new ArrayList<>();

        new JdbcOneTimeTokenStore(noting(timeouts)).purgeExpired(Instant.parse("2026-11-22T10:00:00Z"), 10);

        assertEquals(List.of(3000, 0), timeouts);
    }

    private static DataSource withoutAutoCommit(DataSource source) {
        return (DataSource) Proxy.newProxyInstance(
                DataSource.class.getClassLoader(), new Class<?>[] {DataSource.class}, (proxy, method, arguments) -> {
                    Object result = method.invoke(source, arguments);
                    if (result instanceof Connection connection) {
                        connection.setAutoCommit(false);
                    }
                    return result;
                });
    }

    /** Hands out connections that note which network timeouts they are given. */
    private static DataSource noting(List<Object> timeouts) {
        return (DataSource) Proxy.newProxyInstance(
                DataSource.class.getClassLoader(), new Class<?>[] {DataSource.class}, (source, open, none) -> {
                    Connection real = POSTGRES.dataSource().getConnection();
                    return Proxy.newProxyInstance(
                            Connection.class.getClassLoader(),
                            new Class<?>[] {Connection.class},
                            (proxy, method, arguments) -> {
                                if (method.getName().equals("setNetworkTimeout")) {
                                    timeouts.add(arguments[1]);
                                }
                                return method.invoke(real, arguments);
                            });
                });
    }
}
