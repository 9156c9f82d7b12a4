package dev.hardening.secrets.repository;

import dev.hardening.secrets.internal.GitProgram;
import dev.hardening.secrets.internal.Printable;
import dev.hardening.secrets.repository.GuardReport.Finding;
import dev.hardening.secrets.repository.GuardReport.Finding.Kind;
import dev.hardening.secrets.repository.GuardReport.Reason;
import dev.hardening.secrets.repository.GuardReport.Unguarded;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Asks git which names it would ignore.
 *
 * <p>The names lie in a folder that does not exist and that no rule can foresee. A repository cannot single them out,
 * nor make git fail by a link or a repository of their name; where it fails all the same each name is asked alone.
 */
final class IgnoreProbes {
    /** A {@code %} stands for a name that is drawn. */
    private static final List<String> SECRETS = List.of(
            ".env",
            ".env.production",
            ".env.production.local",
            "%/.env.development",
            "secrets/%",
            "%/secrets/%",
            "%/%.key",
            "%/%.pem",
            "%/%.p12",
            "%/%.jks",
            "%/%.jwk",
            "%/%.pass",
            "%/.%.lock",
            "%/.%.tmp");

    private static final List<String> EXAMPLES = List.of(".env.example", "%/.env.example");
    private static final int NAME_BYTES = 8;

    private final GitProgram git;
    private final Path folder;
    private final Duration timeLimit;
    private final String drawn;

    IgnoreProbes(GitProgram git, Path folder, Duration timeLimit, SecureRandom random) {
        this.git = git;
        this.folder = folder;
        this.timeLimit = timeLimit;
        byte[] name = new byte[NAME_BYTES];
        random.nextBytes(name);
        drawn = "x" + HexFormat.of().formatHex(name);
    }

    /** Adds what it finds, or tells why git did not say. */
    Optional<Unguarded> add(List<String> more, List<Finding> findings) {
        List<String> secrets = Stream.concat(
                        SECRETS.stream().map(this::drawn),
                        more.stream().filter(IgnoreProbes::literal).map(this::probe))
                .filter(this::couldBeTracked)
                .toList();
        List<String> examples = EXAMPLES.stream().map(this::drawn).toList();
        List<String> all = new ArrayList<>(secrets);
        all.addAll(examples);
        Set<String> ignored = new HashSet<>();
        Optional<GitProgram.Answer> answer = ask(all);
        if (answer.isEmpty()) {
            return Optional.of(silent());
        }
        if (answer.get().exit() > 1) {
            if (!addOneByOne(all, ignored)) {
                return Optional.of(silent());
            }
        } else {
            addIgnored(answer.get(), ignored);
        }
        secrets.stream()
                .filter(path -> !ignored.contains(path))
                .map(this::shown)
                .map(path -> new Finding(
                        Kind.NOT_IGNORED,
                        Printable.of(path),
                        "add the block of this guard, or remove the rule that takes this name back: " + question(path)))
                .forEach(findings::add);
        examples.stream()
                .filter(ignored::contains)
                .map(this::shown)
                .map(path -> new Finding(
                        Kind.WRONGLY_IGNORED, path, "remove the rule that ignores this name: " + question(path)))
                .forEach(findings::add);
        return Optional.empty();
    }

    private Optional<GitProgram.Answer> ask(List<String> paths) {
        return git.run(
                String.join("\0", paths) + "\0", List.of("check-ignore", "--no-index", "--verbose", "-z", "--stdin"));
    }

    private Unguarded silent() {
        return new Unguarded(
                Reason.NO_ANSWER, "git did not say in " + folder + " within " + timeLimit + " what it ignores");
    }

    /**
     * Tells whether git answered. One name that it does not take is no reason to know nothing of the others; that one
     * counts as not ignored.
     */
    private boolean addOneByOne(List<String> paths, Set<String> ignored) {
        for (String each : paths) {
            Optional<GitProgram.Answer> answer = ask(List.of(each));
            if (answer.isEmpty()) {
                return false;
            }
            addIgnored(answer.get(), ignored);
        }
        return true;
    }

    /** Answers come as source, line, rule and path; a rule that takes back, or that only this clone has, ignores nothing. */
    private static void addIgnored(GitProgram.Answer answer, Set<String> ignored) {
        List<String> fields = answer.fields();
        for (int at = 0; at + 3 < fields.size(); at += 4) {
            boolean shared = !fields.get(at).endsWith("info/exclude");
            if (shared && !fields.get(at + 2).startsWith("!")) {
                ignored.add(fields.get(at + 3));
            }
        }
    }

    /** Git takes nothing in that lies behind a link, so there is nothing to ignore. */
    private boolean couldBeTracked(String path) {
        int slash = path.indexOf('/');
        while (slash >= 0) {
            if (Files.isSymbolicLink(folder.resolve(path.substring(0, slash)))) {
                return false;
            }
            slash = path.indexOf('/', slash + 1);
        }
        return true;
    }

    private String drawn(String template) {
        return template.replace("%", drawn);
    }

    /** As a name that can be read and is always the same. */
    private String shown(String path) {
        return path.replace(drawn + "/" + drawn, "a/b")
                .replace(drawn + "/", "a/")
                .replace(drawn, "x");
    }

    private static String question(String path) {
        return "git check-ignore --no-index -v -- " + Shown.word(path);
    }

    private static boolean literal(String pattern) {
        return pattern.chars().noneMatch(symbol -> "*?[]\\!:".indexOf(symbol) >= 0);
    }

    private String probe(String pattern) {
        String path = pattern.startsWith("/") ? pattern.substring(1) : pattern;
        return path.endsWith("/") ? path + drawn : path;
    }
}
