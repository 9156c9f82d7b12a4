/** The durable log of security events. */
@org.jspecify.annotations.NullMarked
module dev.hardening.audit {
    requires static org.jspecify;
    requires static transitive dev.hardening.auth;
    requires static transitive dev.hardening.ratelimit;
    requires static transitive jakarta.servlet;
    requires static transitive micrometer.core;
    requires com.fasterxml.jackson.core;
    requires org.slf4j;

    exports dev.hardening.audit;
    exports dev.hardening.audit.capture;
    exports dev.hardening.audit.micrometer;
    exports dev.hardening.audit.read;
    exports dev.hardening.audit.servlet;
}
