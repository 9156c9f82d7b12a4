package dev.hardening.secrets;

import java.nio.file.Path;

/** Rotates one variable, with values that can be told beforehand, until it is killed or has done so often enough. */
public final class EnvFileRotator {
    static final String SEED = "EnvFileRotator";

    private EnvFileRotator() {}

    public static void main(String[] arguments) {
        SecretGenerator generator = SecretGenerator.create(new SeededSecureRandom(SEED));
        EnvFile file = EnvFile.open(Path.of(arguments[0]), generator);
        for (int round = 0; round < Integer.parseInt(arguments[1]); round++) {
            file.rotateReplacingPrevious("A", SecretSpec.hex256()).save();
        }
    }
}
