package dev.hardening.ratelimit.redis;

import io.lettuce.core.RedisFuture;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** The answer to a command that could not be handed to Lettuce yet, or never will be. */
final class Answer<T> extends CompletableFuture<T> implements RedisFuture<T> {
    Answer() {}

    static <T> Answer<T> failed(Throwable failure) {
        Answer<T> answer = new Answer<>();
        answer.completeExceptionally(failure);
        return answer;
    }

    @Override
    public @Nullable String getError() {
        return null;
    }

    @Override
    public boolean await(long timeout, TimeUnit unit) throws InterruptedException {
        try {
            get(timeout, unit);
            return true;
        } catch (ExecutionException failure) {
            return true;
        } catch (TimeoutException late) {
            return false;
        }
    }
}
