package dev.hardening.auth.account;

import dev.hardening.auth.EmailAddress;
import dev.hardening.auth.TenantId;
import dev.hardening.secrets.Secret;
import java.time.Instant;
import java.util.Objects;

/**
 * Tells a person by mail, or however the host likes, what happened to an address.
 *
 * <p>Called on a thread of the module's own, one notice at a time, never while a request waits, so that neither its time
 * nor its failure shows who has an account. What it throws is logged by its class alone and the notice is dropped: the
 * user can ask again. Build links from a configured address, never from the request.
 */
@FunctionalInterface
public interface AuthNotifier {
    /**
     * Sends one notice; may block.
     *
     * @param notice what to tell whom
     */
    void send(Notice notice);

    /** What to tell whom; prints neither address nor token. */
    sealed interface Notice {
        /**
         * In which school.
         *
         * @return the tenant
         */
        TenantId tenant();

        /**
         * To whom.
         *
         * @return the address
         */
        EmailAddress to();

        /**
         * Which of the notices this is.
         *
         * @return one constant per record
         */
        Kind kind();

        /** One constant per record. */
        enum Kind {
            /** {@link Notice.VerifyEmail}. */
            VERIFY_EMAIL,
            /** {@link Notice.AlreadyRegistered}. */
            ALREADY_REGISTERED
        }

        /**
         * Asks the owner of an address to prove it; the mail must not hold the password.
         *
         * @param tenant in which school
         * @param to the address to prove
         * @param token for the fragment of the link; good together with the password of the registration alone
         * @param expiresAt from then on the token is dead
         */
        record VerifyEmail(TenantId tenant, EmailAddress to, Secret token, Instant expiresAt) implements Notice {
            /**
             * Checks that all is there.
             *
             * @param tenant in which school
             * @param to the address to prove
             * @param token for the fragment of the link; good together with the password of the registration alone
             * @param expiresAt from then on the token is dead
             */
            public VerifyEmail {
                Objects.requireNonNull(tenant, "tenant");
                Objects.requireNonNull(to, "to");
                Objects.requireNonNull(token, "token");
                Objects.requireNonNull(expiresAt, "expiresAt");
            }

            @Override
            public Kind kind() {
                return Kind.VERIFY_EMAIL;
            }
        }

        /**
         * Tells the owner of an account that somebody tried to register its address.
         *
         * @param tenant in which school
         * @param to the address of the account
         */
        record AlreadyRegistered(TenantId tenant, EmailAddress to) implements Notice {
            /**
             * Checks that both are there.
             *
             * @param tenant in which school
             * @param to the address of the account
             */
            public AlreadyRegistered {
                Objects.requireNonNull(tenant, "tenant");
                Objects.requireNonNull(to, "to");
            }

            @Override
            public Kind kind() {
                return Kind.ALREADY_REGISTERED;
            }
        }
    }
}
