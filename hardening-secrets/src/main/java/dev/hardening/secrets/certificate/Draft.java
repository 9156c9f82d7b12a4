package dev.hardening.secrets.certificate;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;
import org.bouncycastle.asn1.x509.SubjectKeyIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x509.TBSCertificate;
import org.bouncycastle.asn1.x509.Time;
import org.bouncycastle.asn1.x509.V3TBSCertificateGenerator;

/** A certificate (RFC 5280) before it is signed; for one thread and one signature. */
final class Draft {
    /** One less than the 20 octets that RFC 5280, section 4.1.2.2, allows hold as a positive number. */
    private static final int SERIAL_BITS = 159;

    private static final int KEY_ID_BYTES = 20;

    private final X500Name subject;
    private final PublicKey key;
    private final ExtensionsGenerator extensions = new ExtensionsGenerator();
    private final V3TBSCertificateGenerator certificate = new V3TBSCertificateGenerator();

    Draft(String commonName, PublicKey key) {
        subject = name(commonName);
        this.key = key;
        with(Extension.subjectKeyIdentifier, false, new SubjectKeyIdentifier(keyId(key)));
    }

    Draft valid(Instant from, Instant to) {
        certificate.setStartDate(new Time(Date.from(from)));
        certificate.setEndDate(new Time(Date.from(to)));
        return this;
    }

    Draft critical(ASN1ObjectIdentifier extension, ASN1Encodable value) {
        return with(extension, true, value);
    }

    Draft plain(ASN1ObjectIdentifier extension, ASN1Encodable value) {
        return with(extension, false, value);
    }

    private Draft with(ASN1ObjectIdentifier extension, boolean critical, ASN1Encodable value) {
        try {
            extensions.addExtension(extension, critical, value);
        } catch (IOException impossible) {
            throw new UncheckedIOException("memory does not fail", impossible);
        }
        return this;
    }

    X509Certificate signedByItself(PrivateKey own, SecureRandom random) {
        return signed(subject, own, key, random);
    }

    X509Certificate signedBy(X509Certificate issuer, PrivateKey issuerKey, SecureRandom random) {
        X500Name name = X500Name.getInstance(issuer.getSubjectX500Principal().getEncoded());
        plain(Extension.authorityKeyIdentifier, new AuthorityKeyIdentifier(keyId(issuer.getPublicKey())));
        return signed(name, issuerKey, issuer.getPublicKey(), random);
    }

    private X509Certificate signed(X500Name issuer, PrivateKey issuerKey, PublicKey issuerPublic, SecureRandom random) {
        SignatureScheme scheme = SignatureScheme.of(issuerPublic).orElseThrow();
        certificate.setSerialNumber(new ASN1Integer(serial(random)));
        certificate.setSignature(scheme.identifier());
        certificate.setIssuer(issuer);
        certificate.setSubject(subject);
        certificate.setSubjectPublicKeyInfo(SubjectPublicKeyInfo.getInstance(key.getEncoded()));
        certificate.setExtensions(extensions.generate());
        try {
            TBSCertificate content = certificate.generateTBSCertificate();
            byte[] signature = scheme.sign(issuerKey, content.getEncoded(ASN1Encoding.DER));
            ASN1EncodableVector whole = new ASN1EncodableVector();
            whole.add(content);
            whole.add(scheme.identifier());
            whole.add(new DERBitString(signature));
            byte[] encoded = new DERSequence(whole).getEncoded(ASN1Encoding.DER);
            return (X509Certificate)
                    CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(encoded));
        } catch (IOException | GeneralSecurityException failure) {
            throw new IllegalStateException("the certificate cannot be signed", failure);
        }
    }

    private static BigInteger serial(SecureRandom random) {
        BigInteger drawn;
        do {
            drawn = new BigInteger(SERIAL_BITS, random);
        } while (drawn.signum() == 0);
        return drawn;
    }

    private static X500Name name(String commonName) {
        return new X500NameBuilder(BCStyle.INSTANCE)
                .addRDN(BCStyle.CN, commonName)
                .build();
    }

    /** RFC 7093, section 2, method 1. */
    private static byte[] keyId(PublicKey key) {
        try {
            byte[] bits = SubjectPublicKeyInfo.getInstance(key.getEncoded())
                    .getPublicKeyData()
                    .getOctets();
            return Arrays.copyOf(MessageDigest.getInstance("SHA-256").digest(bits), KEY_ID_BYTES);
        } catch (GeneralSecurityException missing) {
            throw new IllegalStateException("every Java runtime has SHA-256", missing);
        }
    }
}
