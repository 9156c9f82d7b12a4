package dev.hardening.ratelimit.redis;

import dev.hardening.ratelimit.RateLimitUnavailableException;
import io.github.bucket4j.BucketExceptions;
import io.github.bucket4j.distributed.remote.CommandResult;
import io.github.bucket4j.distributed.remote.MutableBucketEntry;
import io.github.bucket4j.distributed.remote.Request;
import io.github.bucket4j.redis.lettuce.Bucket4jLettuce;
import io.github.bucket4j.redis.lettuce.cas.LettuceBasedProxyManager;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisReadOnlyException;
import io.lettuce.core.ScriptOutputType;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes what is no bucket from under a bucket's key: garbage, a value of another type, a format of long ago.
 *
 * <p>The call that came upon it fails; the next finds no bucket, which is a full one. Removal is one atomic step that
 * looks again, so that a sound bucket which another process has put there meanwhile is never taken away.
 */
final class MendingProxies extends LettuceBasedProxyManager<String> {
    private static final Logger LOG = LoggerFactory.getLogger(MendingProxies.class);
    private static final String REMOVE_BROKEN = "local kind = redis.call('type', KEYS[1]).ok;"
            + " if kind == 'none' then return 0 end;"
            + " if kind ~= 'string' then return redis.call('del', KEYS[1]) end;"
            + " local value = redis.call('get', KEYS[1]);"
            + " local same = string.sub(value, 1, #ARGV[1]) == ARGV[1];"
            + " if same and (#value == #ARGV[1] or #value > tonumber(ARGV[2]))"
            + " then return redis.call('del', KEYS[1]) end;"
            + " return 0";

    private final RedisLink<String> link;
    private final AtomicLong removed;

    MendingProxies(
            Bucket4jLettuce.LettuceBasedProxyManagerBuilder<String> builder,
            RedisLink<String> link,
            AtomicLong removed) {
        super(builder);
        this.link = link;
        this.removed = removed;
    }

    @Override
    public <T> CompletableFuture<CommandResult<T>> executeAsync(String key, Request<T> request) {
        return super.executeAsync(key, request).exceptionallyCompose(failure -> after(key, failure));
    }

    private <T> CompletionStage<CommandResult<T>> after(String key, Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (cause instanceof RedisReadOnlyException) {
            link.renew();
        }
        if (cause instanceof RedisException ? !wrongType(cause) : !mayBeGarbage(cause)) {
            return CompletableFuture.failedFuture(cause);
        }
        return wrongType(cause) ? remove(key, new byte[0], cause) : examine(key, cause);
    }

    private static boolean wrongType(Throwable cause) {
        return cause.getMessage() != null && cause.getMessage().startsWith("WRONGTYPE");
    }

    private static boolean mayBeGarbage(Throwable cause) {
        boolean known = cause instanceof TimeoutException
                || cause instanceof CancellationException
                || cause instanceof BucketExceptions.BucketExecutionException;
        return !known;
    }

    private <T> CompletionStage<CommandResult<T>> examine(String key, Throwable cause) {
        return link.get(key).thenCompose(value -> {
            boolean sound = value == null || decodes(value);
            return sound ? CompletableFuture.failedFuture(cause) : remove(key, value, cause);
        });
    }

    private <T> CompletionStage<CommandResult<T>> remove(String key, byte[] value, Throwable cause) {
        byte[] longest = Integer.toString(StateCodec.LONGEST).getBytes(StandardCharsets.US_ASCII);
        byte[][] arguments = {StateCodec.stored(value), longest};
        return link.<Long>eval(REMOVE_BROKEN, ScriptOutputType.INTEGER, new String[] {key}, arguments)
                .thenCompose(count -> {
                    if (count > 0) {
                        removed.addAndGet(count);
                        LOG.warn("what lay under the key of a bucket was no bucket and is removed", cause);
                    }
                    return CompletableFuture.failedFuture(
                            new RateLimitUnavailableException("a broken bucket was removed", cause));
                });
    }

    private static boolean decodes(byte[] value) {
        try {
            return new MutableBucketEntry(value).exists();
        } catch (RuntimeException broken) {
            return false;
        }
    }
}
