/** Per-user rate limits and the login throttle. */
@org.jspecify.annotations.NullMarked
module dev.hardening.ratelimit {
    requires static org.jspecify;
    requires static dev.hardening.health;
    requires static jakarta.servlet;
    requires static micrometer.core;
    requires static io.github.bucket4j.lettuce;
    requires static io.github.bucket4j.postgresql;
    requires static lettuce.core;
    requires com.github.benmanes.caffeine;
    requires transitive io.github.bucket4j.core;
    requires transitive java.sql;
    requires org.slf4j;

    exports dev.hardening.ratelimit;
    exports dev.hardening.ratelimit.concurrency;
    exports dev.hardening.ratelimit.health;
    exports dev.hardening.ratelimit.jdbc;
    exports dev.hardening.ratelimit.micrometer;
    exports dev.hardening.ratelimit.redis;
    exports dev.hardening.ratelimit.servlet;
}
