package dev.hardening.audit;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** A process that appends from many threads until it is killed, and prints a line for each event it was promised. */
final class Appender {
    private Appender() {}

    public static void main(String[] arguments) {
        Path directory = Path.of(arguments[0]);
        int threads = Integer.parseInt(arguments[1]);
        String round = arguments[2];
        PrintStream out = System.out;
        AuditLog log = AuditLog.file(directory)
                .origin("lms/crash")
                .segmentBytes(256 * 1024)
                .open();
        for (int i = 0; i < threads; i++) {
            String name = round + '-' + i;
            new Thread(() -> append(log, name, out), name).start();
        }
    }

    private static void append(AuditLog log, String name, PrintStream out) {
        for (int i = 0; ; i++) {
            Receipt receipt = log.record(
                    Events.courseCreated(Actor.user(name), name + '-' + i).build());
            byte[] line = (receipt.index() + " " + receipt.id() + '\n').getBytes(StandardCharsets.US_ASCII);
            // One write a line, so that a kill leaves no line of two halves.
            out.write(line, 0, line.length);
            out.flush();
        }
    }
}
