package dev.hardening.secrets.jdbc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class NetworkTimeoutTest {
    /** A connection that came with this bound does not take it back. */
    private static final int BREAKING = 7777;

    private final NetworkTimeout timeout = new NetworkTimeout(Duration.ofSeconds(3));
    private final List<Integer> set = new ArrayList<>();

    @Test
    void around_connectionWithoutOrWithALooserBound_setsAndRestoresIt() throws SQLException {
        assertEquals(List.of(3000), timeout.around(connection(new Fake(0, true, false)), () -> List.copyOf(set)));
        assertThrows(
                SQLException.class,
                () -> timeout.around(connection(new Fake(9000, true, false)), () -> {
                    throw new SQLException("the work failed");
                }));

        assertEquals(List.of(3000, 0, 3000, 9000), set);
    }

    @Test
    void around_tighterBoundOrDriverWithoutIt_leavesTheConnectionAlone() throws SQLException {
        assertEquals("done", timeout.around(connection(new Fake(1000, true, false)), () -> "done"));
        assertEquals("done", timeout.around(connection(new Fake(0, false, false)), () -> "done"));

        assertEquals(List.of(), set);
    }

    @Test
    void around_connectionThatTimedOut_isNotTouchedAgain() throws SQLException {
        timeout.around(connection(new Fake(0, true, true)), () -> "done");

        assertEquals(List.of(3000), set);
    }

    /** The work may be committed by then. */
    @Test
    void around_resetFails_isNoFailureOfTheWork() throws SQLException {
        assertEquals("done", timeout.around(connection(new Fake(BREAKING, true, false)), () -> "done"));
        SQLException thrown = assertThrows(
                SQLException.class,
                () -> timeout.around(connection(new Fake(BREAKING, true, false)), () -> {
                    throw new SQLException("the work failed");
                }));

        assertEquals("the work failed", thrown.getMessage());
    }

    private record Fake(int before, boolean supported, boolean closed) {}

    private Connection connection(Fake fake) {
        return (Connection) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {Connection.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("isClosed")) {
                        return fake.closed();
                    }
                    if (!fake.supported()) {
                        throw new SQLFeatureNotSupportedException();
                    }
                    if (method.getName().equals("getNetworkTimeout")) {
                        return fake.before();
                    }
                    if (arguments[1].equals(BREAKING)) {
                        throw new SQLException("the connection is gone");
                    }
                    set.add((Integer) arguments[1]);
                    return null;
                });
    }
}
