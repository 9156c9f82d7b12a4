package dev.hardening.secrets.certificate;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** A program of somebody else that reads what we wrote; the test is skipped, loudly, where it is not installed. */
final class ForeignProgram {
    private final List<String> command;

    private ForeignProgram(List<String> command) {
        this.command = command;
    }

    record Answer(int status, String output) {}

    static ForeignProgram installed(String name) {
        boolean found = Arrays.stream(
                        Objects.requireNonNullElse(System.getenv("PATH"), "").split(":", -1))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, name)));
        Assumptions.assumeTrue(found, "SKIPPED, NOT PROVEN: " + name + " is not installed and read nothing of ours");
        return new ForeignProgram(List.of(name));
    }

    Answer run(Object... arguments) throws IOException, InterruptedException {
        List<String> whole = new ArrayList<>(command);
        Arrays.stream(arguments).map(Object::toString).forEach(whole::add);
        ProcessBuilder builder = new ProcessBuilder(whole).redirectErrorStream(true);
        builder.environment().put("LC_ALL", "C");
        Process process = builder.start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IOException(whole + " did not end");
        }
        return new Answer(process.exitValue(), output);
    }
}
