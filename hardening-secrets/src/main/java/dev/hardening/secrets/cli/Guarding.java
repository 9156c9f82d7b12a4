package dev.hardening.secrets.cli;

import dev.hardening.secrets.repository.GitGuard;
import dev.hardening.secrets.repository.GuardReport;
import dev.hardening.secrets.repository.GuardReport.Guarded;
import dev.hardening.secrets.repository.GuardReport.Unguarded;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Runs the guard of a repository and tells what it found. */
final class Guarding {
    private Guarding() {}

    static GuardReport run(GitGuard guard, boolean dry) {
        return dry ? guard.check() : guard.apply();
    }

    static void tell(Answer answer, GuardReport report, boolean dry) {
        if (report instanceof Guarded guarded) {
            guarded(answer, guarded, dry);
        } else if (report instanceof Unguarded unguarded) {
            Map<String, Object> members = new LinkedHashMap<>();
            members.put("guarded", false);
            members.put("reason", Words.of(unguarded.reason()));
            answer.line("not guarded: " + unguarded.message()).with("guard", members);
        }
    }

    private static void guarded(Answer answer, Guarded guarded, boolean dry) {
        String block = Words.of(guarded.block());
        answer.line(guarded.ignoreFile() + ": block " + (dry && !block.equals("unchanged") ? "would be " : "") + block);
        List<Object> findings = new ArrayList<>();
        guarded.findings().forEach(finding -> {
            answer.line("  " + Words.of(finding.kind()) + " " + finding.path() + ": " + finding.remedy());
            Map<String, Object> members = new LinkedHashMap<>();
            members.put("kind", Words.of(finding.kind()));
            members.put("path", finding.path());
            members.put("remedy", finding.remedy());
            findings.add(members);
        });
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("guarded", true);
        members.put("block", block);
        members.put("findings", findings);
        answer.with("guard", members)
                .exitIf(dry ? !guarded.clean() : !guarded.findings().isEmpty());
    }
}
