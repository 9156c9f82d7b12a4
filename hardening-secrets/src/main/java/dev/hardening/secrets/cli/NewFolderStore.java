package dev.hardening.secrets.cli;

import dev.hardening.secrets.ring.FileRingStore;
import dev.hardening.secrets.ring.RingStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Rings of a folder that is made with the first of them, so that what fails before leaves nothing. */
final class NewFolderStore implements RingStore {
    private final Path folder;
    private final RingStore store;

    NewFolderStore(Path folder) {
        this.folder = folder;
        this.store = new FileRingStore(folder);
    }

    @Override
    public Optional<Stored> load(String ring) {
        return Files.exists(folder) ? store.load(ring) : Optional.empty();
    }

    @Override
    public boolean compareAndSet(String ring, long expectedVersion, byte[] document) {
        OwnFolder.make(folder);
        return store.compareAndSet(ring, expectedVersion, document);
    }
}
