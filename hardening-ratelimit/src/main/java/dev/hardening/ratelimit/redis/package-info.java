/**
 * Buckets in Redis, shared by all processes on it.
 *
 * <p>Start at {@link dev.hardening.ratelimit.redis.RedisBucketStore}.
 */
package dev.hardening.ratelimit.redis;
