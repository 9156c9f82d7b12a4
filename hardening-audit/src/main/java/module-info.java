/** The durable log of security events. */
@org.jspecify.annotations.NullMarked
module dev.hardening.audit {
    requires static org.jspecify;
    requires static dev.hardening.auth;
    requires static dev.hardening.ratelimit;
    requires transitive dev.hardening.secrets;
    requires static jakarta.servlet;
    requires static micrometer.core;
    requires com.fasterxml.jackson.core;
    requires org.slf4j;

    exports dev.hardening.audit;
    exports dev.hardening.audit.capture;
    exports dev.hardening.audit.micrometer;
    exports dev.hardening.audit.read;
    exports dev.hardening.audit.servlet;
}
