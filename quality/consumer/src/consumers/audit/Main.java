package consumer;

import dev.hardening.audit.Actor;
import dev.hardening.audit.AuditLog;
import dev.hardening.audit.Events;
import dev.hardening.audit.Receipt;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Records an event and has its receipt. */
public final class Main {
    private Main() {}

    /** Prints that it works. */
    public static void main(String[] arguments) throws IOException {
        Path directory = Files.createTempDirectory("consumer-audit").resolve("log");
        try (AuditLog log = AuditLog.file(directory).origin("consumer/audit").open()) {
            Receipt receipt = log.record(Events.loginSucceeded(Actor.user("u1")).build());
            System.out.println(receipt.index() > 0 ? "audit works" : "broken");
        }
    }
}
