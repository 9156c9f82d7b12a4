package dev.hardening.secrets.ring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.EnvFile;
import dev.hardening.secrets.Schema;
import dev.hardening.secrets.SecretSource;
import dev.hardening.secrets.SecretSpec;
import dev.hardening.secrets.Setting;
import dev.hardening.secrets.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The blocks of docs/secrets.md and docs/secrets/key-rings.md are the regions of this file, so they compile and run. */
class GuideTest {
    private static final Pattern BLOCK = Pattern.compile("```\\n(.*?)```", Pattern.DOTALL);
    private static final Pattern REGION = Pattern.compile("// region\\n(.*?)// endregion", Pattern.DOTALL);

    @TempDir
    Path home;

    @Test
    void quickStart_always_runs() {
        // region
        EnvFile.open(home.resolve(".env.development"))
                .ensure("JWT_SECRET", SecretSpec.token64())
                .ensure("ENCRYPTION_KEY", SecretSpec.hex256())
                .save();
        // endregion

        // region
        Settings settings = Schema.builder()
                .profile(Schema.Profile.DEVELOPMENT)
                .secret("JWT_SECRET")
                .secret("ENCRYPTION_KEY")
                .port("PORT", 8080)
                .add(Setting.uri("PUBLIC_URL", "http", "https").expectHttps().orElse("http://127.0.0.1:8080"))
                .build()
                .check(SecretSource.environment().or(SecretSource.envFile(home.resolve(".env.development"))))
                .orThrow();
        // endregion

        // region
        KeyRing ring = KeyRing.builder()
                .name("signing")
                .kind(KeyKind.EC_P256)
                .store(new FileRingStore(home))
                .keyEncryptionKey(settings.secret("ENCRYPTION_KEY"))
                .build();
        ring.rotate(RotationPolicy.every(Duration.ofDays(90)).disableAfter(Duration.ofDays(1)));
        // endregion

        // region
        RotationPolicy policy = RotationPolicy.every(Duration.ofDays(90))
                .disableAfter(Duration.ofDays(30))
                .destroyAfter(Duration.ofDays(365));
        List<RingEvent> done = ring.rotate(policy);
        // endregion

        assertEquals(1, ring.published().size());
        assertEquals(List.of(), done);
    }

    @Test
    void guide_blocks_areTheRegionsAbove() throws IOException {
        List<String> blocks = new ArrayList<>(found(BLOCK, Path.of("..", "docs", "secrets.md")));
        blocks.addAll(found(BLOCK, Path.of("..", "docs", "secrets", "key-rings.md")));
        List<String> regions =
                found(REGION, Path.of("src", "test", "java", "dev", "hardening", "secrets", "ring", "GuideTest.java"));

        assertEquals(4, blocks.size());
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
