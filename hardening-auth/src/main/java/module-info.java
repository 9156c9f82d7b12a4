/** Tokens, sessions, accounts and passwords. */
@org.jspecify.annotations.NullMarked
module dev.hardening.auth {
    requires static org.jspecify;
    requires org.bouncycastle.provider;
    requires org.slf4j;

    exports dev.hardening.auth;
    exports dev.hardening.auth.password;
}
