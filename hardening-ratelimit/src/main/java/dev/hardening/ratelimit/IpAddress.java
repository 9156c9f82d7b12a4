package dev.hardening.ratelimit;

import java.util.Arrays;
import java.util.Optional;

/**
 * An IPv4 or IPv6 address read from a literal, never resolved: four bytes or sixteen.
 *
 * <p>Strict where other readers are generous: no octal or hexadecimal IPv4, no leading zero, no shortened IPv4, no
 * port; brackets and a zone only as {@link #ofPeer} says. {@code ::ffff:a.b.c.d} is the IPv4 address, in either
 * spelling.
 */
final class IpAddress {
    static final int IPV4_BITS = 32;
    static final int IPV6_BITS = 128;
    private static final int LONGEST_TEXT = 45;
    private static final int GROUPS = 8;
    private static final byte[] SIX_TO_FOUR = {0x20, 0x02};
    private static final byte[] TEREDO = {0x20, 0x01, 0, 0};
    private static final byte[] NAT64 = {0, 0x64, (byte) 0xff, (byte) 0x9b, 0, 0, 0, 0, 0, 0, 0, 0};

    private final byte[] bytes;

    private IpAddress(byte[] bytes) {
        this.bytes = bytes;
    }

    static Optional<IpAddress> parse(String text) {
        if (text.isEmpty() || text.length() > LONGEST_TEXT) {
            return Optional.empty();
        }
        byte[] read = text.indexOf(':') >= 0 ? readIpv6(text) : readIpv4(text);
        return read.length == 0 ? Optional.empty() : Optional.of(new IpAddress(unmapped(read)));
    }

    /** Reads the address of a socket as servers spell it: an IPv6 address may stand in brackets and have a zone. */
    static Optional<IpAddress> ofPeer(String text) {
        boolean bracketed = text.startsWith("[") && text.endsWith("]");
        String bare = bracketed ? text.substring(1, text.length() - 1) : text;
        int zone = bare.indexOf('%');
        String literal = zone < 0 ? bare : bare.substring(0, zone);
        boolean decorated = bracketed || zone >= 0;
        return decorated && literal.indexOf(':') < 0 ? Optional.empty() : parse(literal);
    }

    /** Whether the text is an IPv4 address in the very spelling of {@link #text}, which need not be read then. */
    static boolean isDotted(String text) {
        int octets = 0;
        int value = -1;
        for (int index = 0; index <= text.length(); index++) {
            int digit = index == text.length() ? '.' - '0' : text.charAt(index) - '0';
            if (digit == '.' - '0' && value >= 0) {
                octets++;
                value = -1;
            } else if (digit < 0 || digit > 9 || value == 0) {
                return false;
            } else {
                value = Math.max(value, 0) * 10 + digit;
                if (value > 255) {
                    return false;
                }
            }
        }
        return octets == 4;
    }

    boolean isIpv4() {
        return bytes.length == 4;
    }

    int bits() {
        return bytes.length * Byte.SIZE;
    }

    /**
     * Who is counted: the IPv4 address that a 6to4 (RFC 3056), Teredo (RFC 4380) or NAT64 (RFC 6052) address carries, or
     * this one. Answers to those go to that IPv4 address, so its owner alone can hold a connection from them; their
     * networks, on the other hand, are as many as he likes (6to4) or those of all his neighbours (the other two).
     */
    IpAddress counted() {
        if (startsWith(SIX_TO_FOUR)) {
            return new IpAddress(Arrays.copyOfRange(bytes, 2, 6));
        }
        if (startsWith(NAT64)) {
            return new IpAddress(Arrays.copyOfRange(bytes, 12, 16));
        }
        if (!startsWith(TEREDO)) {
            return this;
        }
        byte[] client = Arrays.copyOfRange(bytes, 12, 16);
        for (int index = 0; index < client.length; index++) {
            client[index] = (byte) ~client[index];
        }
        return new IpAddress(client);
    }

    private boolean startsWith(byte[] prefix) {
        return !isIpv4() && Arrays.equals(bytes, 0, prefix.length, prefix, 0, prefix.length);
    }

    /** Whether both are of one family and agree in the first {@code count} bits. */
    boolean agrees(IpAddress other, int count) {
        return bytes.length == other.bytes.length && Arrays.equals(cut(count).bytes, other.cut(count).bytes);
    }

    /** The network: all bits after the first {@code count} are zero. */
    IpAddress cut(int count) {
        byte[] network = bytes.clone();
        for (int bit = count; bit < bits(); bit++) {
            network[bit / Byte.SIZE] &= (byte) ~(0x80 >> (bit % Byte.SIZE));
        }
        return new IpAddress(network);
    }

    /** One spelling for each address: dotted, or eight groups of lower-case hexadecimal digits, nothing left out. */
    String text() {
        StringBuilder text = new StringBuilder(LONGEST_TEXT);
        if (isIpv4()) {
            for (byte octet : bytes) {
                text.append(text.isEmpty() ? "" : ".").append(octet & 0xff);
            }
            return text.toString();
        }
        for (int group = 0; group < GROUPS; group++) {
            int value = ((bytes[2 * group] & 0xff) << Byte.SIZE) | (bytes[2 * group + 1] & 0xff);
            text.append(group == 0 ? "" : ":").append(Integer.toHexString(value));
        }
        return text.toString();
    }

    private static byte[] unmapped(byte[] read) {
        if (read.length == 4) {
            return read;
        }
        for (int index = 0; index < 10; index++) {
            if (read[index] != 0) {
                return read;
            }
        }
        boolean mapped = read[10] == (byte) 0xff && read[11] == (byte) 0xff;
        return mapped ? Arrays.copyOfRange(read, 12, 16) : read;
    }

    private static byte[] readIpv4(String text) {
        String[] parts = text.split("\\.", -1);
        if (parts.length != 4) {
            return new byte[0];
        }
        byte[] read = new byte[4];
        for (int index = 0; index < 4; index++) {
            int value = number(parts[index], 10, 3);
            boolean octal = parts[index].length() > 1 && parts[index].charAt(0) == '0';
            if (value < 0 || value > 255 || octal) {
                return new byte[0];
            }
            read[index] = (byte) value;
        }
        return read;
    }

    private static byte[] readIpv6(String text) {
        int gap = text.indexOf("::");
        if (gap < 0) {
            byte[] whole = readGroups(text);
            return whole.length == 16 ? whole : new byte[0];
        }
        String before = text.substring(0, gap);
        String after = text.substring(gap + 2);
        if (after.contains("::") || after.startsWith(":") || before.indexOf('.') >= 0) {
            return new byte[0];
        }
        byte[] head = readGroups(before);
        byte[] tail = readGroups(after);
        boolean bad = (!before.isEmpty() && head.length == 0) || (!after.isEmpty() && tail.length == 0);
        if (bad || head.length + tail.length > 14) {
            return new byte[0];
        }
        byte[] read = Arrays.copyOf(head, 16);
        System.arraycopy(tail, 0, read, 16 - tail.length, tail.length);
        return read;
    }

    /** Groups divided by single colons, the last of which may be an IPv4 address; empty for none and for a fault. */
    private static byte[] readGroups(String text) {
        if (text.isEmpty()) {
            return new byte[0];
        }
        String[] parts = text.split(":", -1);
        byte[] read = new byte[2 * parts.length + 2];
        int length = 0;
        for (int index = 0; index < parts.length; index++) {
            byte[] group = index == parts.length - 1 && parts[index].indexOf('.') >= 0
                    ? readIpv4(parts[index])
                    : readGroup(parts[index]);
            if (group.length == 0) {
                return group;
            }
            System.arraycopy(group, 0, read, length, group.length);
            length += group.length;
        }
        return length > 16 ? new byte[0] : Arrays.copyOf(read, length);
    }

    private static byte[] readGroup(String text) {
        int value = number(text, 16, 4);
        return value < 0 ? new byte[0] : new byte[] {(byte) (value >> Byte.SIZE), (byte) value};
    }

    private static int number(String text, int radix, int longest) {
        if (text.isEmpty() || text.length() > longest) {
            return -1;
        }
        int value = 0;
        for (int index = 0; index < text.length(); index++) {
            char character = text.charAt(index);
            int digit = character < 128 ? Character.digit(character, radix) : -1;
            if (digit < 0) {
                return -1;
            }
            value = value * radix + digit;
        }
        return value;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof IpAddress that && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return text();
    }
}
