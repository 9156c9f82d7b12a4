/** The durable log of security events. */
@org.jspecify.annotations.NullMarked
module dev.hardening.audit {
    requires static org.jspecify;
    requires org.slf4j;

    exports dev.hardening.audit;
}
