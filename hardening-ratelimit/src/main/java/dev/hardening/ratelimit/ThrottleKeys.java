package dev.hardening.ratelimit;

import dev.hardening.ratelimit.LoginThrottle.Dimension;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The keys of one login attempt: those of the lane for anybody, the strictest first, so that one noisy client uses up
 * nobody else's tokens, and those of the lane for a device that the account has proven, of which there may be none.
 */
record ThrottleKeys(Map<Dimension, String> device, Map<Dimension, String> anybody) {
    private static final IpPrefix CLIENT = IpPrefix.standard();
    private static final IpPrefix SITE = IpPrefix.ipv6Only(48);
    private static final String NO_ADDRESS = "none";

    static ThrottleKeys of(LoginThrottle.Request request, String account) {
        String person = person(request.tenant(), account);
        Optional<String> known = request.device().idFor(person);
        Optional<String> client = CLIENT.network(request.clientAddress());
        Optional<String> site = SITE.network(request.clientAddress());
        String network = KeyText.part("ip", client.orElse(NO_ADDRESS));
        Map<Dimension, String> keys = new LinkedHashMap<>();
        keys.put(Dimension.ACCOUNT_AND_CLIENT, person + network);
        keys.put(Dimension.ACCOUNT, person);
        keys.put(client.isPresent() && site.isEmpty() ? Dimension.CLIENT_IPV4 : Dimension.CLIENT_IPV6, network);
        site.ifPresent(wide -> keys.put(Dimension.CLIENT_IPV6_SITE, KeyText.part("ip", wide)));
        return new ThrottleKeys(known.map(id -> ofDevice(person, id)).orElse(Map.of()), keys);
    }

    /** Strictest first, so that a device that guesses uses up nothing of the account's other devices once it is shut. */
    private static Map<Dimension, String> ofDevice(String person, String id) {
        Map<Dimension, String> keys = new LinkedHashMap<>();
        keys.put(Dimension.DEVICE, person + KeyText.part("device", id));
        keys.put(Dimension.ACCOUNT_DEVICES, person);
        return keys;
    }

    /**
     * One account, of a tenant as given: giving two tenants one form would let one use up what is the other's. Known
     * devices are signed for this text, so a change of it forgets them.
     */
    static String person(String tenant, String canonicalAccount) {
        return KeyText.part("tenant", tenant) + KeyText.part("account", canonicalAccount);
    }
}
