package dev.hardening.secrets.cli;

import dev.hardening.secrets.EnvFile.Change;
import dev.hardening.secrets.SecretSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Tells what became, or would become, of an env file, with length and strength of each new value. */
final class Changes {
    private Changes() {}

    static void tell(Answer answer, List<Change> changes, Map<String, SecretSpec> specs) {
        List<Object> told = new ArrayList<>();
        for (Change change : changes) {
            String kind = Words.of(change.kind());
            Map<String, Object> members = new LinkedHashMap<>();
            members.put("name", change.name());
            members.put("change", kind);
            String strength = "";
            SecretSpec spec = specs.get(change.name());
            if (spec != null && fresh(change)) {
                SecretSpec.Strength has = spec.strength();
                members.put("lengthBits", has.lengthInBits());
                members.put("strengthBits", Math.floor(has.effectiveBits() * 10) / 10);
                strength = ": " + has;
            }
            told.add(members);
            answer.line("  " + change.name() + " " + kind + strength);
        }
        answer.with("changes", told);
    }

    private static boolean fresh(Change change) {
        return change.kind() == Change.Kind.ADDED || change.kind() == Change.Kind.ROTATED;
    }
}
