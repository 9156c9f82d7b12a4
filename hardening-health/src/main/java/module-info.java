/** Liveness, readiness, startup and drain. */
@org.jspecify.annotations.NullMarked
module dev.hardening.health {
    requires static org.jspecify;
    requires org.slf4j;

    exports dev.hardening.health;
}
