package dev.hardening.secrets.repository;

import dev.hardening.secrets.internal.GitProgram;
import dev.hardening.secrets.internal.Printable;
import dev.hardening.secrets.repository.GuardReport.Finding;
import dev.hardening.secrets.repository.GuardReport.Finding.Kind;
import dev.hardening.secrets.repository.GuardReport.Reason;
import dev.hardening.secrets.repository.GuardReport.Unguarded;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Finds files that git tracks although their names are those of secrets.
 *
 * <p>Certificates and public keys often end as private keys do, and a repository may hold them. What git has of such a
 * file tells; the file of the work tree may be another by now.
 */
final class TrackedSecrets {
    private static final int KEY_LIMIT = 1 << 16;
    /** Each is a run of git; those beyond are reported unread. */
    private static final int MOST_READ = 200;

    private final GitProgram git;
    private final Path folder;
    private final Duration timeLimit;
    private int read;

    TrackedSecrets(GitProgram git, Path folder, Duration timeLimit) {
        this.git = git;
        this.folder = folder;
        this.timeLimit = timeLimit;
    }

    /** Adds what it finds, or tells why git did not say. */
    Optional<Unguarded> add(List<String> patterns, List<Finding> findings) {
        List<String> arguments = new ArrayList<>(List.of("ls-files", "-z", "--cached", "--ignored"));
        patterns.forEach(pattern -> arguments.add("--exclude=" + pattern));
        Optional<GitProgram.Answer> answer = git.run("", arguments);
        if (answer.isEmpty()) {
            return Optional.of(new Unguarded(
                    Reason.NO_ANSWER, "git did not list the files of " + folder + " within " + timeLimit));
        }
        if (answer.get().exit() != 0) {
            return Optional.of(new Unguarded(
                    Reason.NO_ANSWER, "git ls-files failed in " + folder + "; run it there to learn why"));
        }
        answer.get().fields().stream()
                .filter(path -> !publicHalf(path))
                .map(path -> new Finding(
                        Kind.TRACKED,
                        Printable.of(path),
                        "run git rm --cached -- " + Shown.word(path)
                                + " and replace what it holds: it stays in the history"))
                .forEach(findings::add);
        return Optional.empty();
    }

    private boolean publicHalf(String path) {
        if ((!path.endsWith(".pem") && !path.endsWith(".key")) || ++read > MOST_READ) {
            return false;
        }
        return git.run("", List.of("cat-file", "blob", ":./" + path))
                .filter(answer -> answer.exit() == 0)
                .map(GitProgram.Answer::output)
                .filter(text -> text.length() <= KEY_LIMIT)
                .filter(text -> text.contains("-----BEGIN ") && !text.contains("PRIVATE KEY"))
                .isPresent();
    }
}
