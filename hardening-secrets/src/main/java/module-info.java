/** Secrets and keys: generated, validated, held and rotated. */
@org.jspecify.annotations.NullMarked
module dev.hardening.secrets {
    requires static org.jspecify;
    requires org.slf4j;

    exports dev.hardening.secrets;
}
