package dev.hardening.secrets.scan;

import java.util.List;
import java.util.Locale;

/** Names of files that people write as text. */
final class TextNames {
    private static final List<String> ENDINGS = List.of(
            ".txt",
            ".md",
            ".properties",
            ".yml",
            ".yaml",
            ".json",
            ".xml",
            ".toml",
            ".ini",
            ".conf",
            ".cfg",
            ".config",
            ".sh",
            ".bat",
            ".ps1",
            ".sql",
            ".csv",
            ".java",
            ".kt",
            ".js",
            ".ts",
            ".py",
            ".rb",
            ".php",
            ".go",
            ".tf",
            ".tfvars",
            ".pem",
            ".key",
            ".jwk",
            ".netrc",
            ".npmrc",
            ".pgpass",
            ".log");

    private TextNames() {}

    static boolean is(String path) {
        String name = path.substring(path.lastIndexOf('/') + 1).toLowerCase(Locale.ROOT);
        return name.startsWith(".env")
                || name.endsWith(".env")
                || ENDINGS.stream().anyMatch(name::endsWith);
    }
}
