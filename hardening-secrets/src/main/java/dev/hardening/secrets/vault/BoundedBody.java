package dev.hardening.secrets.vault;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/** Collects a body up to a limit, breaks the connection off beyond it, and wipes what it collected on the way. */
final class BoundedBody implements HttpResponse.BodySubscriber<byte[]> {
    private final int limit;
    private final CompletableFuture<byte[]> result = new CompletableFuture<>();
    private final List<byte[]> parts = new ArrayList<>();
    private Flow.@Nullable Subscription subscription;
    private int size;

    BoundedBody(int limit) {
        this.limit = limit;
    }

    @Override
    public CompletionStage<byte[]> getBody() {
        return result;
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
        subscription = given;
        given.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
        for (ByteBuffer buffer : buffers) {
            if (result.isDone()) {
                return;
            }
            if (buffer.remaining() > limit - size) {
                tooLarge();
                return;
            }
            byte[] part = new byte[buffer.remaining()];
            buffer.get(part);
            parts.add(part);
            size += part.length;
        }
    }

    private void tooLarge() {
        if (subscription != null) {
            subscription.cancel();
        }
        onError(new IOException("the answer is larger than " + limit + " bytes"));
    }

    @Override
    public void onError(Throwable failed) {
        wipe();
        result.completeExceptionally(failed);
    }

    @Override
    public void onComplete() {
        ByteBuffer whole = ByteBuffer.allocate(size);
        parts.forEach(whole::put);
        wipe();
        result.complete(whole.array());
    }

    private void wipe() {
        parts.forEach(part -> Arrays.fill(part, (byte) 0));
        parts.clear();
    }
}
