package dev.hardening.examples.lms;

import java.security.SecureRandom;
import java.time.Clock;
import java.util.List;

/** Starts the service. */
public final class Main {
    private Main() {}

    /**
     * Runs until the process is told to stop by SIGINT or SIGTERM, then ends with status 0.
     *
     * <p>Ends with 78 if the configuration is refused, 64 if an argument is unknown and 1 if the start fails.
     */
    public static void main(String[] arguments) {
        Service service = new Service();
        // The hook ends by Runtime.halt, so that a signal gives 0 and nothing runs after the last part has stopped.
        Runtime.getRuntime().addShutdownHook(new Thread(service::end, "lms-stop"));
        int status =
                service.start(new Start(System.getenv(), List.of(arguments), Clock.systemUTC(), new SecureRandom()));
        if (status != 0) {
            System.exit(status);
        }
        service.awaitEnd();
    }
}
