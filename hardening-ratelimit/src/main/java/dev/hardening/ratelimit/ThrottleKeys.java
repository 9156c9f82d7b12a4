package dev.hardening.ratelimit;

import dev.hardening.ratelimit.LoginThrottle.Dimension;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** The keys of one login attempt, the strictest first, so that one noisy client uses up nobody else's tokens. */
final class ThrottleKeys {
    private static final IpPrefix PREFIX = IpPrefix.standard();
    private static final String NO_ADDRESS = "none";

    private ThrottleKeys() {}

    static Map<Dimension, String> of(String tenant, String account, String clientAddress) {
        Optional<IpAddress> address = IpAddress.ofPeer(clientAddress);
        String network = KeyText.part("ip", PREFIX.network(clientAddress).orElse(NO_ADDRESS));
        String person = KeyText.part("tenant", tenant) + KeyText.part("account", account);
        Dimension client =
                address.filter(IpAddress::isIpv4).isPresent() ? Dimension.CLIENT_IPV4 : Dimension.CLIENT_IPV6;
        Map<Dimension, String> keys = new LinkedHashMap<>();
        keys.put(Dimension.ACCOUNT_AND_CLIENT, person + network);
        keys.put(Dimension.ACCOUNT, person);
        keys.put(client, network);
        return keys;
    }
}
