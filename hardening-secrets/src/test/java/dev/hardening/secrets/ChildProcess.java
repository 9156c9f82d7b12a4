package dev.hardening.secrets;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A second JVM on the class path of this one, which a test may kill. */
public final class ChildProcess implements AutoCloseable {
    private final Process process;

    private ChildProcess(Process process) {
        this.process = process;
    }

    public static ChildProcess start(Class<?> main, Path output, String... arguments) {
        return start(List.of(), main, output, arguments);
    }

    /** Starts it behind another command, such as a shell that sets the umask. */
    public static ChildProcess start(List<String> prefix, Class<?> main, Path output, String... arguments) {
        List<String> command = new ArrayList<>(prefix);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(
                List.of("-Xshare:auto", "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path")));
        command.add(main.getName());
        command.addAll(List.of(arguments));
        try {
            return new ChildProcess(new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start());
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    public int waitFor() throws InterruptedException {
        return process.waitFor();
    }

    public boolean alive() {
        return process.isAlive();
    }

    /** SIGTERM: the process may still clean up. */
    public void terminate() {
        process.destroy();
    }

    /** SIGKILL: nothing of the process runs after it. */
    public void kill() {
        process.destroyForcibly().onExit().join();
    }

    @Override
    public void close() {
        kill();
    }
}
