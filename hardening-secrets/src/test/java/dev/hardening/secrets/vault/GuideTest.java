package dev.hardening.secrets.vault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.PrivateFile;
import dev.hardening.secrets.Secret;
import dev.hardening.secrets.ring.KeyEncryptionKey;
import dev.hardening.secrets.source.SecretReader;
import dev.hardening.secrets.source.SourceListener;
import dev.hardening.secrets.source.WatchedSource;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the guide of sources shows is what runs here. */
class GuideTest {
    private static final Pattern BLOCK = Pattern.compile("```\\n(.*?)```", Pattern.DOTALL);
    private static final Pattern REGION = Pattern.compile("// region\\n(.*?)[ \\t]*// endregion", Pattern.DOTALL);

    @TempDir
    Path folder;

    @Test
    void sources_always_run() throws IOException {
        SourceListener listener = SourceListener.none();
        Files.writeString(folder.resolve("GUIDE_SECRET"), "value\n");

        // region
        WatchedSource secrets = WatchedSource.builder()
                .name("lms")
                .reader(SecretReader.environment().or(SecretReader.directory(folder)))
                .listener(listener)
                .build();
        // endregion

        assertEquals("value", secrets.find("GUIDE_SECRET").map(Secret::reveal).orElseThrow());
        secrets.close();
    }

    @Test
    void vault_always_runs() throws IOException {
        Path tokenFile = folder.resolve("token");
        PrivateFile.at(tokenFile).replace(VaultStandIn.TOKEN.getBytes(StandardCharsets.US_ASCII));
        try (VaultStandIn standIn = new VaultStandIn()) {
            standIn.put("lms/production", 1, "\"A\":\"value\"");
            URI address = standIn.address();

            // region
            Vault vault = Vault.builder().address(address).tokenFile(tokenFile).build();
            WatchedSource secrets = WatchedSource.builder()
                    .name("vault")
                    .reader(vault.keyValue("secret", "lms/production"))
                    .build();
            KeyEncryptionKey key = vault.transit("transit", "lms");
            // endregion

            assertEquals("value", secrets.find("A").map(Secret::reveal).orElseThrow());
            assertEquals("vault-transit:transit/lms", key.id());
            secrets.close();
            vault.close();
        }
    }

    @Test
    void guide_blocks_areTheRegionsAbove() throws IOException {
        List<String> blocks = found(BLOCK, Path.of("..", "docs", "secrets", "sources.md"));
        List<String> regions =
                found(REGION, Path.of("src", "test", "java", "dev", "hardening", "secrets", "vault", "GuideTest.java"));

        assertEquals(2, blocks.size());
        blocks.forEach(block -> assertTrue(regions.contains(block), block));
    }

    private static List<String> found(Pattern pattern, Path file) throws IOException {
        return pattern.matcher(Files.readString(file))
                .results()
                .map(match -> match.group(1)
                        .lines()
                        .map(String::strip)
                        .filter(line -> !line.isEmpty())
                        .collect(Collectors.joining("\n")))
                .toList();
    }
}
