using System.Globalization;
using System.IO.Compression;

namespace Quickstart;

/// <summary>Handwritten digits: 64 pixels of 0…16 and a label each. Data and licence: data/README.md.</summary>
public sealed record Digits(byte[] Pixels, int[] Labels)
{
    /// <summary>Pixels of one image, 8×8.</summary>
    public const int PixelCount = 64;

    /// <summary>The largest pixel value; pixel / 16 is the input of the networks.</summary>
    public const float PixelMaximum = 16;

    /// <summary>One image of every so many is held out: fixed, so that accuracies compare.</summary>
    private const int HeldOutEvery = 5;

    /// <summary>Number of images.</summary>
    public int Count => Labels.Length;

    /// <summary>The first images of these.</summary>
    public Digits First(int count) => new(Pixels[..(count * PixelCount)], Labels[..count]);

    /// <summary>The images as floats in 0…1, images×64.</summary>
    public float[] Inputs() => Array.ConvertAll(Pixels, pixel => pixel / PixelMaximum);

    /// <summary>Reads the data file and splits it.</summary>
    /// <exception cref="InvalidDataException">A line is not 64 pixels in 0…16 and a label in 0…9.</exception>
    public static (Digits Training, Digits HeldOut) Load(string folder)
    {
        var training = (Pixels: new List<byte>(), Labels: new List<int>());
        var heldOut = (Pixels: new List<byte>(), Labels: new List<int>());
        using var reader = new StreamReader(new GZipStream(File.OpenRead(Path.Combine(folder, "digits.csv.gz")), CompressionMode.Decompress));
        for (int line = 1; reader.ReadLine() is { } text; line++)
        {
            int[] numbers = Array.ConvertAll(text.Split(','), field => int.TryParse(field, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : -1);
            if (numbers.Length != PixelCount + 1 || numbers.Any(number => number is < 0 or > (int)PixelMaximum) || numbers[PixelCount] > 9)
                throw new InvalidDataException($"digits.csv.gz, line {line}: expected 64 pixels in 0…16 and a digit, found '{text}'.");
            var part = line % HeldOutEvery == 0 ? heldOut : training;
            part.Pixels.AddRange(numbers.Take(PixelCount).Select(pixel => (byte)pixel));
            part.Labels.Add(numbers[PixelCount]);
        }
        return (new Digits([.. training.Pixels], [.. training.Labels]), new Digits([.. heldOut.Pixels], [.. heldOut.Labels]));
    }
}
