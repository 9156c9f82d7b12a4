/** Liveness, readiness, startup and drain. */
@org.jspecify.annotations.NullMarked
module dev.hardening.health {
    requires static org.jspecify;
    requires static jakarta.servlet;
    requires static transitive java.sql;
    requires static micrometer.core;
    requires java.management;
    requires jdk.httpserver;
    requires org.slf4j;

    exports dev.hardening.health;
    exports dev.hardening.health.checks;
    exports dev.hardening.health.cli;
    exports dev.hardening.health.http;
    exports dev.hardening.health.micrometer;
    exports dev.hardening.health.servlet;
}
