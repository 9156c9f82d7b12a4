package dev.hardening.examples.lms.postgres;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.Statement;

/** A service in small, for tests that kill it: starts the server, writes a row and waits for its end. */
public final class ParentProcess {
    private ParentProcess() {}

    /** Takes the data folder and a text for the row. */
    public static void main(String[] arguments) throws Exception {
        EmbeddedPostgres server = EmbeddedPostgres.start(Path.of(arguments[0]), new SecureRandom());
        try (Connection connection = server.superuser("postgres").getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE IF NOT EXISTS note (text text)");
            statement.execute("INSERT INTO note VALUES ('" + arguments[1] + "')");
        }
        Runtime.getRuntime().addShutdownHook(new Thread(server::close, "stop"));
        announce(server.port());
        // Until the test ends this process, or ends itself and so closes the pipe.
        System.in.transferTo(OutputStream.nullOutputStream());
    }

    private static void announce(int port) throws IOException {
        System.out.println("port " + port);
        System.out.flush();
    }
}
