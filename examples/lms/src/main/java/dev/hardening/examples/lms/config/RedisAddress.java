package dev.hardening.examples.lms.config;

import dev.hardening.examples.lms.database.DatabaseAddress;
import dev.hardening.secrets.Secret;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What an address of a Redis server says of the login, read as the client reads it.
 *
 * <p>Stricter than the client: no query, whose switches would turn the check of certificates off or another timeout on,
 * and nothing before the {@code @} that could be taken for a user by one and for a password by another.
 *
 * @param user empty where the address names none
 * @param password empty where the address holds none
 * @param local whether the server is on this machine
 * @param encrypted whether it is spoken to over TLS, with the name of the host checked
 */
record RedisAddress(Optional<String> user, Optional<Secret> password, boolean local, boolean encrypted) {
    private static final Set<String> SCHEMES = Set.of("redis", "rediss");
    private static final Pattern LOGIN = Pattern.compile("[^:]*:.*");
    private static final Pattern DATABASE = Pattern.compile("(?:/[0-9]{0,4})?");
    private static final int MOST_PORT = 65_535;

    /** Reads an address; empty if it cannot be meant. */
    static Optional<RedisAddress> of(String text) {
        try {
            return Optional.of(new URI(text)).filter(RedisAddress::isMeant).map(RedisAddress::of);
        } catch (URISyntaxException unreadable) {
            return Optional.empty();
        }
    }

    /** Whether the user that is named, if any, has a password. */
    boolean isComplete() {
        return user.isEmpty() || password.isPresent();
    }

    private static boolean isMeant(URI uri) {
        return uri.getScheme() != null
                && SCHEMES.contains(uri.getScheme())
                && uri.getHost() != null
                && uri.getPort() != 0
                && uri.getPort() <= MOST_PORT
                && (uri.getRawUserInfo() == null
                        || LOGIN.matcher(uri.getRawUserInfo()).matches())
                && DATABASE.matcher(uri.getRawPath()).matches()
                && uri.getRawQuery() == null
                && uri.getRawFragment() == null;
    }

    private static RedisAddress of(URI uri) {
        String login = uri.getUserInfo() == null ? ":" : uri.getUserInfo();
        int colon = login.indexOf(':');
        return new RedisAddress(
                Optional.of(login.substring(0, colon)).filter(name -> !name.isEmpty()),
                Optional.of(login.substring(colon + 1))
                        .filter(word -> !word.isEmpty())
                        .map(Secret::of),
                DatabaseAddress.isThisMachine(uri.getHost()),
                uri.getScheme().equals("rediss"));
    }
}
