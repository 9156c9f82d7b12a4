package dev.hardening.secrets.cli;

import dev.hardening.secrets.EnvFile;
import dev.hardening.secrets.KnownSecrets;
import dev.hardening.secrets.Schema;
import dev.hardening.secrets.SchemaReport;
import dev.hardening.secrets.SecretSource;
import dev.hardening.secrets.Setting;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** Checks an env file: how it is written, and the secrets in it. */
final class CheckVerb implements Verb {
    @Override
    public void describe(CommandSpec spec) {
        Syntax.help(
                spec,
                "Checks how an env file is written and how good its secrets are.",
                "  hardening-secrets check --profile production --known leaked.txt");
        EnvPlace.describe(spec);
        spec.addOption(
                Syntax.many("--name", "NAME", "Check this one instead of the four that init makes; may be repeated."));
        spec.addOption(Syntax.number("--min-bits", "BITS", "How strong each must be; 256 if nothing else is said."));
        spec.addOption(Syntax.path("--known", "FILE", "A list of secrets that others know, one a line."));
    }

    @Override
    public Answer run(ParseResult given, Surroundings here) {
        Path file = EnvPlace.of(given, here);
        Present.file(file);
        Answer answer = new Answer().with("file", file);
        List<Object> findings = new ArrayList<>();
        boolean faulty = lint(answer, file, findings);
        if (faulty) {
            answer.line("not looked at further: programs read such a file differently");
        } else {
            faulty = judge(answer, schema(given, here).check(SecretSource.envFile(file)), findings);
        }
        return answer.with("findings", findings).exitIf(faulty);
    }

    private static boolean lint(Answer answer, Path file, List<Object> findings) {
        boolean faulty = false;
        for (EnvFile.Finding finding : EnvFile.lint(file)) {
            faulty |= finding.fault();
            String severity = finding.fault() ? "fault" : "warning";
            answer.line(severity + ": line " + finding);
            Map<String, Object> members = new LinkedHashMap<>();
            members.put("line", finding.line());
            findings.add(told(members, finding.rule(), severity, finding.message()));
        }
        return faulty;
    }

    private static boolean judge(Answer answer, SchemaReport report, List<Object> findings) {
        for (SchemaReport.Finding finding : report.findings()) {
            String severity = Words.of(finding.severity());
            answer.line(severity + ": " + finding);
            Map<String, Object> members = new LinkedHashMap<>();
            members.put("name", finding.setting());
            told(members, finding.rule(), severity, finding.message()).put("hint", finding.hint());
            findings.add(members);
        }
        answer.line("score " + report.score() + " of 100").with("score", report.score());
        return !report.faults().isEmpty();
    }

    private static Map<String, Object> told(Map<String, Object> members, String rule, String severity, String message) {
        members.put("rule", rule);
        members.put("severity", severity);
        members.put("message", message);
        return members;
    }

    private static Schema schema(ParseResult given, Surroundings here) {
        boolean development = EnvPlace.profile(given).equals("development");
        Schema.Builder schema = Schema.builder()
                .profile(development ? Schema.Profile.DEVELOPMENT : Schema.Profile.PRODUCTION)
                .clock(here.clock());
        List<String> names = Grammar.VARIABLE.check("--name", Syntax.list(given, "--name"));
        int bits = given.matchedOptionValue("--min-bits", 256);
        for (String name : names.isEmpty() ? List.copyOf(SpecSyntax.usual().keySet()) : names) {
            schema.add(Setting.secret(name).minBits(bits));
        }
        if (Syntax.has(given, "--known")) {
            schema.knownSecrets(
                    KnownSecrets.fromFile(Present.file(here.path(given.matchedOptionValue("--known", here.folder())))));
        }
        return schema.build();
    }
}
