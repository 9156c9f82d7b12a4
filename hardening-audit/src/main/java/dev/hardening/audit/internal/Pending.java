package dev.hardening.audit.internal;

import dev.hardening.audit.Receipt;
import java.util.concurrent.CompletableFuture;

/**
 * A record on its way to the disk and the promise made for it.
 *
 * @param record the bytes
 * @param receipt kept when the record is on the disk, broken when it is not going to be
 * @param ifStored what else is to be done when it is on the disk
 * @param ifLost what else is to be done when it is not going to be
 */
record Pending(EncodedRecord record, CompletableFuture<Receipt> receipt, Runnable ifStored, Runnable ifLost) {
    static Pending of(EncodedRecord record) {
        return new Pending(record, new CompletableFuture<>(), () -> {}, () -> {});
    }
}
