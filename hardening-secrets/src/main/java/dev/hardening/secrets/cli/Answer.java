package dev.hardening.secrets.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a verb has to say: lines for people, members for programs, and how it ends. Holds no secret unless asked for. */
final class Answer {
    private final List<String> lines = new ArrayList<>();
    private final Map<String, Object> members = new LinkedHashMap<>();
    private Exit exit = Exit.OK;
    private @Nullable String document;

    Answer line(String line) {
        lines.add(line);
        return this;
    }

    /** Adds a member: a string, a number, a boolean, or a list or a map of these. */
    Answer with(String key, Object value) {
        members.put(key, value);
        return this;
    }

    Answer exit(Exit how) {
        exit = how;
        return this;
    }

    Answer exitIf(boolean found) {
        return found ? exit(Exit.FINDINGS) : this;
    }

    /** Says this text and nothing else, whatever was asked for. */
    Answer document(String text) {
        document = text;
        return this;
    }

    Exit exit() {
        return exit;
    }

    String text() {
        StringBuilder text = new StringBuilder();
        lines.forEach(line -> text.append(Plain.of(line)).append('\n'));
        return Optional.ofNullable(document).orElse(text.toString());
    }

    String json(String verb) {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("format", "hardening-secrets-cli/1");
        all.put("verb", verb);
        all.put("exit", exit.code());
        all.putAll(members);
        return Optional.ofNullable(document).orElseGet(() -> JsonText.of(all));
    }
}
