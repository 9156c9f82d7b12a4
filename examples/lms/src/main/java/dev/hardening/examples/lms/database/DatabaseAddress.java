package dev.hardening.examples.lms.database;

import dev.hardening.secrets.Secret;
import java.util.Arrays;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.regex.Pattern;
import org.postgresql.Driver;

/**
 * What an address of a PostgreSQL server says of the login, as the driver itself reads it.
 *
 * @param user empty where the address names none
 * @param password empty where the address, and the service file it may name, hold none
 * @param local whether every server is on this machine, where a socket or the system may vouch for the process
 * @param otherProof whether it names a certificate, Kerberos or the like, which need no password
 */
public record DatabaseAddress(Optional<String> user, Optional<Secret> password, boolean local, boolean otherProof) {
    private static final Pattern THIS_MACHINE =
            Pattern.compile("localhost|127\\.[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}|\\[?::1]?");
    private static final Set<String> OTHER_PROOFS =
            Set.of("sslcert", "sslkey", "kerberosServerName", "jaasApplicationName", "authenticationPluginClassName");
    private static final Set<String> SWITCHES = Set.of("gssUseDefaultCreds", "useSpnego");

    /**
     * Reads an address.
     *
     * @param url {@code jdbc:postgresql://...}
     * @return empty if the driver cannot read it
     */
    public static Optional<DatabaseAddress> of(String url) {
        return Optional.ofNullable(Driver.parseURL(url, null)).map(DatabaseAddress::of);
    }

    /** Whether a host's name or address is always of this machine. */
    public static boolean isThisMachine(String host) {
        return THIS_MACHINE.matcher(host).matches();
    }

    private static DatabaseAddress of(Properties given) {
        boolean local =
                Arrays.stream(given.getProperty("PGHOST", "").split(",", -1)).allMatch(DatabaseAddress::isThisMachine);
        return new DatabaseAddress(
                text(given, "user"),
                text(given, "password").map(Secret::of),
                local,
                OTHER_PROOFS.stream().anyMatch(name -> text(given, name).isPresent())
                        || SWITCHES.stream().anyMatch(name -> Boolean.parseBoolean(given.getProperty(name))));
    }

    private static Optional<String> text(Properties given, String name) {
        return Optional.ofNullable(given.getProperty(name)).filter(value -> !value.isEmpty());
    }
}
