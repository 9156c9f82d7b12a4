package dev.hardening.auth.password;

/**
 * Makes hashes of passwords and checks passwords against them.
 *
 * <p>A call of {@link #hash} costs what the parameters of today ask for, one of {@link #matches} what those of the record
 * ask for, whatever the password and whoever it belongs to. An unknown user is checked against {@link #decoy}; a refusal
 * after a record that is {@link #outdated} should check the decoy too, or its time tells that there is an account. Calls take tens of milliseconds of one core: run them behind a
 * {@link HashingGate}. Implementations are safe for many threads.
 */
public interface PasswordHasher {
    /**
     * Makes a record with a fresh salt and the parameters of today.
     *
     * @param password {@linkplain Password#usable() usable}, else the record matches nothing
     * @return the record to store
     */
    Password.Hash hash(Password password);

    /**
     * Says whether the record was made of this password.
     *
     * @param password any; one that is not usable costs the same and does not match
     * @param record as it was stored
     * @return whether they belong together
     * @throws dev.hardening.auth.AuthUnavailableException if the record cannot be read or exceeds the bounds for stored
     *     parameters; this is damage in the store, not a wrong password
     */
    boolean matches(Password password, Password.Hash record);

    /**
     * Says whether the record was made with other parameters than those of today.
     *
     * @param record as it was stored
     * @return whether the password should be hashed again when it is next at hand
     */
    boolean outdated(Password.Hash record);

    /**
     * Gives a record that no password matches and that costs as much to check as a real one.
     *
     * @return the same record each time
     */
    Password.Hash decoy();
}
