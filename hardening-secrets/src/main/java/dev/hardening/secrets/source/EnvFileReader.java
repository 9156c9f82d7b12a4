package dev.hardening.secrets.source;

import dev.hardening.secrets.EnvFile;
import dev.hardening.secrets.Secret;
import java.nio.file.Path;
import java.util.Optional;

/** Reads an env file whole; one that any line of is malformed is not read at all. */
final class EnvFileReader implements SecretReader {
    private final MountedFile file;

    EnvFileReader(Path file) {
        this.file = new MountedFile(file);
    }

    @Override
    public SecretReading read() {
        try (EnvFile env = file.read(EnvFile::open)) {
            return reading(env);
        }
    }

    private SecretReading reading(EnvFile read) {
        SecretReading.Builder reading = SecretReading.builder().changesInPlace();
        file.lookAtMount(MountTable.read(MountTable.OF_THIS_PROCESS), reading);
        for (String name : read.names()) {
            Optional<Secret> value = read.find(name);
            if (value.isPresent()) {
                reading.value(name, value.get());
            } else {
                reading.unusable(name, "empty", "has no value");
            }
        }
        return reading.build();
    }
}
