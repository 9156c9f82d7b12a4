package dev.hardening.secrets.cli;

import dev.hardening.secrets.Secret;
import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.logging.Logger;
import java.util.regex.Pattern;
import javax.sql.DataSource;

/** Opens a connection for each statement, which is few for a command line; its password is in no address. */
final class DriverSource implements DataSource {
    private static final Pattern WITH_PASSWORD = Pattern.compile("(?i).*(password=|//[^/]*@).*");

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final String url;
    private final String user;
    private final Optional<Secret> password;
    private final String seconds;

    DriverSource(String url, String user, Optional<Secret> password) {
        this(url, user, password, PATIENCE);
    }

    /** With another time, in whole seconds, in which the database must be reached, log in, and answer anything. */
    DriverSource(String url, String user, Optional<Secret> password, Duration patience) {
        if (WITH_PASSWORD.matcher(url).matches()) {
            throw new IllegalArgumentException(
                    "--jdbc-url must not hold a password, every user of this machine can list it: use"
                            + " --jdbc-password-env or --jdbc-password-file");
        }
        if (!url.startsWith("jdbc:postgresql:")) {
            throw new IllegalArgumentException("--jdbc-url must begin with jdbc:postgresql:");
        }
        this.url = url;
        this.user = user;
        this.password = password;
        this.seconds = Long.toString(patience.toSeconds());
    }

    @Override
    public Connection getConnection() throws SQLException {
        Properties properties = new Properties();
        if (!user.isEmpty()) {
            properties.setProperty("user", user);
        }
        password.ifPresent(secret -> properties.setProperty("password", secret.reveal()));
        // The first is of the TCP connection alone: who accepts it may still say nothing for ever.
        for (String limit : List.of("connectTimeout", "loginTimeout", "socketTimeout")) {
            properties.setProperty(limit, seconds);
        }
        return DriverManager.getConnection(url, properties);
    }

    @Override
    public Connection getConnection(String otherUser, String otherPassword) throws SQLException {
        throw new SQLFeatureNotSupportedException("this source has one user");
    }

    @Override
    public PrintWriter getLogWriter() throws SQLException {
        throw new SQLFeatureNotSupportedException("this source has no log");
    }

    @Override
    public void setLogWriter(PrintWriter out) throws SQLException {
        throw new SQLFeatureNotSupportedException("this source has no log");
    }

    @Override
    public void setLoginTimeout(int seconds) throws SQLException {
        throw new SQLFeatureNotSupportedException("this source has a timeout of its own");
    }

    @Override
    public int getLoginTimeout() {
        return 0;
    }

    @Override
    public Logger getParentLogger() throws SQLFeatureNotSupportedException {
        throw new SQLFeatureNotSupportedException("this source has no log");
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        throw new SQLFeatureNotSupportedException("this source wraps nothing");
    }

    @Override
    public boolean isWrapperFor(Class<?> type) {
        return false;
    }
}
