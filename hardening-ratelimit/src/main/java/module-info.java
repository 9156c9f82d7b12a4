/** Per-user rate limits and the login throttle. */
@org.jspecify.annotations.NullMarked
module dev.hardening.ratelimit {
    requires static org.jspecify;
    requires org.slf4j;

    exports dev.hardening.ratelimit;
}
